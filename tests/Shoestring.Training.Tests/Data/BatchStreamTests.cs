using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public sealed class BatchStreamTests : IDisposable
{
    readonly TokenStore store = new(new MemoryAccount());

    /// <summary>Documents of many lengths; each token is its own place in the store, so that rows can be told apart.</summary>
    public BatchStreamTests()
    {
        int next = 0;
        foreach (int length in (int[])[.. Trained.Tokens(300, 200), 1, 0, 2, 500])
        {
            store.Add([.. Enumerable.Range(next, length)]);
            next += length;
        }
    }

    public void Dispose() => store.Dispose();

    public static TheoryData<Packing, bool> Ways => new()
    {
        { Packing.InOrder, false }, { Packing.InOrder, true }, { Packing.BestFit, false }, { Packing.BestFit, true },
    };

    BatchStream Stream(Packing packing, bool shuffle, ulong seed = 1) =>
        new(store, store.Documents, new BatchOptions { Context = 64, Rows = 256, Packing = packing, Shuffle = shuffle, Seed = seed });

    int[] Predicted => [.. store.Documents.SelectMany(document => Enumerable.Range((int)document.First, document.Count).Skip(1))];

    static List<int[]> Epoch(BatchStream stream, int longest = int.MaxValue)
    {
        TrainingBatch batch = new();
        List<int[]> batches = [];
        int epoch = stream.Position.Epoch;
        do
        {
            stream.Next(batch, longest);
            batches.Add(batch.Targets.ToArray());
            Check(batch);
        }
        while (stream.Position.Epoch == epoch);
        return batches;
    }

    static void Check(TrainingBatch batch)
    {
        batch.Rows.ShouldBeInRange(1, 256);
        int row = 0;
        foreach (RowRange document in batch.Documents)
        {
            document.First.ShouldBe(row);
            for (int i = 0; i < document.Count; i++, row++)
            {
                batch.Targets[row].ShouldBe(batch.Tokens[row] + 1);
                batch.Tokens[row].ShouldBe(batch.Tokens[document.First] + i);
            }
        }
        row.ShouldBe(batch.Rows);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void An_epoch_predicts_each_token_once(Packing packing, bool shuffle)
    {
        BatchStream stream = Stream(packing, shuffle);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            Epoch(stream).SelectMany(targets => targets).Order().SequenceEqual(Predicted).ShouldBeTrue($"epoch {epoch}");
        }
        stream.RowsPerEpoch.ShouldBe(Predicted.Length);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_shorter_length_for_now_loses_nothing(Packing packing, bool shuffle)
    {
        BatchStream stream = Stream(packing, shuffle);
        TrainingBatch batch = new();
        stream.Next(batch, longest: 8);
        batch.Documents.ToArray().ShouldAllBe(document => document.Count <= 8);
        stream.Position = default;
        Epoch(stream, longest: 8).SelectMany(targets => targets).Order().ShouldBe(Predicted);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void From_a_saved_position_it_goes_on_exactly(Packing packing, bool shuffle)
    {
        BatchStream whole = Stream(packing, shuffle);
        TrainingBatch batch = new();
        List<(DataPosition Position, int[] Targets)> seen = [];
        for (int i = 0; i < 3 * whole.Batches; i++)
        {
            DataPosition position = whole.Position;
            whole.Next(batch);
            seen.Add((position, batch.Targets.ToArray()));
        }
        foreach (int start in (int[])[0, 1, seen.Count / 2, seen.Count - 1])
        {
            BatchStream resumed = Stream(packing, shuffle);
            resumed.Position = seen[start].Position;
            foreach ((DataPosition _, int[] targets) in seen.Skip(start))
            {
                resumed.Next(batch);
                batch.Targets.ToArray().ShouldBe(targets);
            }
        }
    }

    [Fact]
    public void Epochs_and_seeds_have_orders_of_their_own_unless_the_order_is_given()
    {
        BatchStream stream = Stream(Packing.BestFit, shuffle: true);
        int[] first = [.. Epoch(stream).SelectMany(targets => targets)], second = [.. Epoch(stream).SelectMany(targets => targets)];
        second.ShouldNotBe(first);
        Epoch(Stream(Packing.BestFit, shuffle: true, seed: 2)).SelectMany(targets => targets).ShouldNotBe(first);
        Epoch(Stream(Packing.BestFit, shuffle: true)).SelectMany(targets => targets).ShouldBe(first);
        Epoch(Stream(Packing.InOrder, shuffle: false)).SelectMany(targets => targets).ShouldBe(Predicted);
    }

    [Fact]
    public void Best_fit_needs_hardly_more_batches_than_any_packing_must()
    {
        BatchStream best = Stream(Packing.BestFit, shuffle: true), inOrder = Stream(Packing.InOrder, shuffle: true);
        int least = (int)Math.Ceiling(best.RowsPerEpoch / 256.0);
        // Best fit decreasing needs at most 11/9 of the optimum and four (Johnson 1974); no packing needs fewer than the rows fill.
        best.Batches.ShouldBeLessThanOrEqualTo(11 * least / 9 + 4);
        best.Batches.ShouldBeLessThanOrEqualTo(inOrder.Batches);
        best.Fill.ShouldBeGreaterThan(0.98);
    }

    [Fact]
    public void Best_fit_puts_a_document_where_it_leaves_the_least_room()
    {
        using TokenStore small = new(new MemoryAccount());
        foreach (int rows in (int[])[6, 5, 4, 3, 2])
        {
            small.Add(new int[rows + 1]);
        }
        BatchStream stream = new(small, small.Documents, new BatchOptions { Context = 10, Rows = 10, Shuffle = false });
        TrainingBatch batch = new();
        List<string> batches = [];
        for (int i = 0; i < stream.Batches; i++)
        {
            stream.Next(batch);
            batches.Add(string.Join('+', batch.Documents.ToArray().Select(document => document.Count)));
        }
        batches.ShouldBe(["6+4", "5+3+2"]);
    }

    [Fact]
    public void Steps_within_an_epoch_allocate_nothing()
    {
        BatchStream stream = Stream(Packing.BestFit, shuffle: true);
        TrainingBatch batch = new();
        for (int i = 0; i < stream.Batches; i++)
        {
            stream.Next(batch);
        }
        stream.Position = default;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < stream.Batches - 1; i++)
        {
            stream.Next(batch);
        }
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Nothing_to_predict_and_batches_without_room_are_input_faults()
    {
        Should.Throw<InputException>(() => new BatchStream(store, [new TokenSlice(0, 1)], new BatchOptions()));
        Should.Throw<InputException>(() => new BatchStream(store, store.Documents, new BatchOptions { Rows = 100, Context = 200 }));
        Should.Throw<ArgumentOutOfRangeException>(() => Stream(Packing.BestFit, true).Position = new DataPosition(0, 10_000));
    }

    [Fact]
    public void Shuffling_loses_no_item_and_leaves_few_where_they_were()
    {
        int[] order = [.. Enumerable.Range(0, 1000)];
        new DataRandom(1, RandomUse.Shuffle, 0).Shuffle(order);
        order.Order().ShouldBe(Enumerable.Range(0, 1000));
        int stayed = order.Where((item, place) => item == place).Count();
        stayed.ShouldBeLessThan(10);
    }
}
