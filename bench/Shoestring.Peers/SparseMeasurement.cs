using Shoestring.Tensors;

namespace Shoestring.Peers;

/// <summary>Products of sparse and of dense weights in alternation, in the shapes of a model's blocks.</summary>
static class SparseMeasurement
{
    static readonly (TensorFormat Sparse, TensorFormat Dense)[] pairs = [(TensorFormat.S24_4, TensorFormat.Q4_0), (TensorFormat.S24_8, TensorFormat.Q8_0)];

    public static SparseResult Run(int blocks, int[] rows, int rounds, int threads)
    {
        using var pool = new WorkerPool(threads);
        var comparisons = pairs.SelectMany(pair => Compare(pair.Sparse, pair.Dense, blocks, rows, rounds, pool)).ToArray();
        return new(SparseResult.SchemaName, Machine.Here(), Simd.Chosen.ToString(), blocks, threads, rounds, comparisons);
    }

    static Comparison[] Compare(TensorFormat sparse, TensorFormat dense, int blocks, int[] rows, int rounds, WorkerPool pool)
    {
        using SparseSide first = new(sparse, blocks, rows.Max(), pool), second = new(dense, blocks, rows.Max(), pool);
        return
        [
            .. rows.Select(count => Contest.Run($"{sparse.Name()} and {dense.Name()}, {count} rows", "rows of a block/s", rounds,
                [new(first.Name, () => first.Rate(count)), new(second.Name, () => second.Rate(count))])),
        ];
    }
}
