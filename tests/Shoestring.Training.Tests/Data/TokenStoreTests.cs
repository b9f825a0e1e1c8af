using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class TokenStoreTests
{
    [Fact]
    public void Tokens_and_masks_come_back_wherever_they_lie()
    {
        MemoryAccount account = new();
        using (TokenStore store = new(account))
        {
            int[] tokens = Trained.Tokens(700_000, 50_000);
            bool[] targets = [.. tokens.Select(token => token % 3 > 0)];
            TokenSlice first = store.Add([1, 2, 3]), second = store.Add(tokens, targets);
            store.Tokens.ShouldBe(700_003);
            store.Documents.ShouldBe([first, second]);
            store.Read(second).ShouldBe(tokens);
            int[] part = new int[400_000];
            float[] weights = new float[400_000];
            store.Read(new TokenSlice(3 + 150_000, 400_000, 0.5f), part, weights);
            part.ShouldBe(tokens[150_000..550_000]);
            weights.ShouldBe([.. targets[150_000..550_000].Select(target => target ? 0.5f : 0)]);
            account.Current(MemoryKind.Scratch).ShouldBe(3L << 20);
        }
        account.Current(MemoryKind.Scratch).ShouldBe(0);
    }

    [Fact]
    public void What_is_not_there_is_refused()
    {
        using TokenStore store = new(new MemoryAccount());
        store.Add([1, 2]);
        Should.Throw<ArgumentOutOfRangeException>(() => store.Read(new TokenSlice(1, 2)));
        Should.Throw<ArgumentOutOfRangeException>(() => store.Add([-1]));
        Should.Throw<ArgumentOutOfRangeException>(() => store.Add([1, 2], [true]));
    }

    [Theory]
    [InlineData(0, 4, "")]
    [InlineData(1, 4, "")]
    [InlineData(2, 4, "0+2")]
    [InlineData(5, 4, "0+5")]
    [InlineData(6, 4, "0+5 4+2")]
    [InlineData(9, 4, "0+5 4+5")]
    [InlineData(3, 1, "0+2 1+2")]
    public void A_document_is_cut_so_that_each_token_is_predicted_once(int count, int context, string expected) =>
        string.Join(' ', new TokenSlice(0, count).Cut(context).Select(part => $"{part.First}+{part.Count}")).ShouldBe(expected);

    [Fact]
    public void Whole_documents_are_held_out_and_stay_so_as_others_come()
    {
        TokenSlice[] documents = [.. Enumerable.Range(0, 2000).Select(i => new TokenSlice(i * 10, 10))];
        DataSplit split = DataSplit.ByDocument(documents, 0.1, seed: 3);
        split.Training.Concat(split.HeldOut).OrderBy(document => document.First).ShouldBe(documents);
        split.HeldOut.Count.ShouldBeInRange(160, 240);
        DataSplit.ByDocument(documents[..1000], 0.1, seed: 3).HeldOut.ShouldBe(split.HeldOut.Where(document => document.First < 10_000));
        DataSplit.ByDocument(documents, 0.1, seed: 4).HeldOut.ShouldNotBe(split.HeldOut);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Both_sides_have_a_document(int count)
    {
        TokenSlice[] documents = [.. Enumerable.Range(0, count).Select(i => new TokenSlice(i, 1))];
        foreach (double share in (double[])[0.001, 0.5, 0.999])
        {
            DataSplit split = DataSplit.ByDocument(documents, share, seed: 1);
            Math.Min(split.Training.Count, split.HeldOut.Count).ShouldBeGreaterThan(0);
            (split.Training.Count + split.HeldOut.Count).ShouldBe(count);
        }
    }

    [Fact]
    public void The_end_of_a_text_is_held_out()
    {
        DataSplit split = DataSplit.AtEnd([new TokenSlice(0, 10), new TokenSlice(10, 90)], 0.25);
        split.Training.ShouldBe([new TokenSlice(0, 10), new TokenSlice(10, 65)]);
        split.HeldOut.ShouldBe([new TokenSlice(75, 25)]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_share_that_is_none_is_refused(double share) =>
        Should.Throw<InputException>(() => DataSplit.ByDocument([default, default], share, 0));
}
