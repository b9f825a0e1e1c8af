using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class ObjectiveTests
{
    static readonly int[] Document = [.. Enumerable.Range(1000, 5001)];
    static readonly float[] Ones = [.. Enumerable.Repeat(1f, Document.Length)];

    static TrainingBatch Run(TrainingObjective objective, ulong seed = 1, ulong item = 1)
    {
        TrainingBatch batch = new();
        batch.Add([1, 2, 3]);
        objective.Add(batch, Document, Ones, new ObjectiveDraw(seed, item, 0));
        return batch;
    }

    [Fact]
    public void Only_masked_tokens_are_predicted_and_where_they_stand()
    {
        TrainingBatch batch = Run(new MaskedObjective(new MaskedOptions { Mask = 7, VocabularySize = 500 }));
        int masked = 0, random = 0, kept = 0;
        for (int row = 2; row < batch.Rows; row++)
        {
            batch.Targets[row].ShouldBe(Document[row - 2]);
            if (batch.Weights[row] == 0)
            {
                batch.Tokens[row].ShouldBe(batch.Targets[row]);
                continue;
            }
            masked += batch.Tokens[row] == 7 ? 1 : 0;
            random += batch.Tokens[row] < 500 && batch.Tokens[row] != 7 ? 1 : 0;
            kept += batch.Tokens[row] == batch.Targets[row] ? 1 : 0;
        }
        // Four standard deviations of 5,000 draws at 15 %, and of 750 at 80 % and 10 %.
        (masked + random + kept).ShouldBeInRange(650, 850);
        ((double)masked / (masked + random + kept)).ShouldBe(0.8, 0.06);
        ((double)random / (masked + random + kept)).ShouldBe(0.1, 0.045);
    }

    [Fact]
    public void Masks_depend_on_seed_and_place_alone()
    {
        MaskedObjective objective = new(new MaskedOptions { Mask = 7, VocabularySize = 500 });
        TrainingBatch whole = Run(objective), parts = new();
        parts.Add([1, 2, 3]);
        objective.Add(parts, Document.AsSpan(0, 2001), Ones.AsSpan(0, 2001), new ObjectiveDraw(1, 1, 0));
        objective.Add(parts, Document.AsSpan(2000), Ones.AsSpan(2000), new ObjectiveDraw(1, 1, 2000));
        parts.Tokens.ToArray().ShouldBe(whole.Tokens.ToArray());
        parts.Weights.ToArray().ShouldBe(whole.Weights.ToArray());
        Run(objective, seed: 2).Tokens.ToArray().ShouldNotBe(whole.Tokens.ToArray());
        Run(objective, item: 2).Tokens.ToArray().ShouldNotBe(whole.Tokens.ToArray());
    }

    [Fact]
    public void What_is_not_to_be_learned_is_not_masked()
    {
        TrainingBatch batch = new();
        new MaskedObjective(new MaskedOptions { Mask = 7, VocabularySize = 500, Rate = 1 }).Add(batch, Document, new float[Document.Length], new ObjectiveDraw(1, 1, 0));
        batch.TotalWeight.ShouldBe(0);
        batch.Tokens.ToArray().ShouldBe(Document[..^1]);
    }

    [Fact]
    public void Dropout_changes_what_is_read_and_nothing_else()
    {
        TrainingBatch plain = Run(new CausalObjective()), dropped = Run(new TokenDropoutObjective(0.2, 7, new CausalObjective()));
        dropped.Targets.ToArray().ShouldBe(plain.Targets.ToArray());
        dropped.Weights.ToArray().ShouldBe(plain.Weights.ToArray());
        dropped.Tokens[..3].ToArray().ShouldBe(plain.Tokens[..3].ToArray());
        int changed = 0;
        for (int row = 0; row < plain.Rows; row++)
        {
            changed += dropped.Tokens[row] == plain.Tokens[row] ? 0 : 1;
            dropped.Tokens[row].ShouldBeOneOf(plain.Tokens[row], 7);
        }
        changed.ShouldBeInRange(880, 1120);
        Run(new TokenDropoutObjective(0, 7, new CausalObjective())).Tokens.ToArray().ShouldBe(plain.Tokens.ToArray());
    }

    static readonly string[] Marks = ["<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"];

    static Tokenizer Marked()
    {
        BytePairTrainer trainer = new(new BytePairOptions { VocabularySize = 400, Special = Marks });
        trainer.Add(Trained.Stories);
        return Tokenizer.Create(trainer.Train());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_moved_middle_comes_back_to_its_place(double suffixFirst)
    {
        Tokenizer tokenizer = Marked();
        FillInTheMiddle moves = new(tokenizer, new FillInTheMiddleOptions { Rate = 1, SuffixFirstShare = suffixFirst }, seed: 4);
        int[] marks = [.. Marks.Skip(1).Select(mark => tokenizer.Find(mark)!.Value)];
        foreach ((int document, string text) in Trained.Stories.Split('\n').Append("🦙🦙").Append("x").Append("").Index())
        {
            EncodedDocument encoded = moves.Encode(text, document);
            (string before, string between, string after) = FillInTheMiddle.Cut(text, document, seed: 4);
            (before + between + after).ShouldBe(text);
            int[] Plain(string part) => tokenizer.Encode(part, addSpecial: false, parseSpecial: false);
            int[] expected = suffixFirst == 0
                ? [tokenizer.Bos!.Value, marks[0], .. Plain(before), marks[1], .. Plain(after), marks[2], .. Plain(between), tokenizer.Eos!.Value]
                : [tokenizer.Bos!.Value, marks[0], marks[1], .. Plain(after), marks[2], .. Plain(before), .. Plain(between), tokenizer.Eos!.Value];
            encoded.Tokens.ShouldBe(expected);
            encoded.Targets.ShouldBe([.. expected.Select((token, i) => i > 0 && !marks.Contains(token))]);
        }
    }

    [Fact]
    public void As_many_documents_are_rearranged_as_the_rate_says()
    {
        Tokenizer tokenizer = Marked();
        FillInTheMiddle moves = new(tokenizer, new FillInTheMiddleOptions(), seed: 4);
        int prefix = tokenizer.Find("<|fim_prefix|>")!.Value;
        int moved = Enumerable.Range(0, 2000).Count(document => moves.Encode("the cat", document).Tokens.Contains(prefix));
        moved.ShouldBeInRange(910, 1090);
        moves.Encode("the cat", 5).Tokens.ShouldBe(moves.Encode("the cat", 5).Tokens);
    }

    [Fact]
    public void A_vocabulary_without_the_marks_is_refused() =>
        Should.Throw<InputException>(() => new FillInTheMiddle(Tokenizer.Create(Trained.Vocabulary("a", 300)), new FillInTheMiddleOptions(), 0)).Message.ShouldContain("<|fim_prefix|>");
}
