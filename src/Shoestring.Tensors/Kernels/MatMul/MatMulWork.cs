using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>One product of a shared input: y = x·Wᵀ.</summary>
/// <param name="Weights"><c>[outputs, inputs]</c></param>
/// <param name="Output"><c>[row, outputs]</c></param>
public readonly record struct Product(PackedMatrix Weights, Tensor Output);

/// <summary>
/// Multiplies packed activations with one or several weight matrices in one parallel region. A chunk is some groups of 16
/// output rows of one matrix with all activation rows; for each block of activation rows it decodes the weights tile by
/// tile into its worker's scratch memory and multiplies.
/// </summary>
internal sealed unsafe class MatMulWork : ChunkedWork
{
    /// <summary>Activation rows that share one decoding of a tile; their tile of records stays in the second-level cache.</summary>
    public const int RowBlock = 128;

    /// <summary>Scratch memory of a worker: two tiles (of integers or floats) and the running sums of a row block for each.</summary>
    public const int ScratchBytes = TileBytes + 2 * RowBlock * PackedLayout.GroupRows * sizeof(float);

    const int TileBytes = 2 * FloatTileBytes;

    const int FloatTileBytes = Tile.Channels * PackedLayout.GroupRows * sizeof(float);

    /// <summary>
    /// With one row a chunk is a sixteenth of a region up to this. A thread's chunks follow each other, so small ones cost
    /// little and leave little to wait for at the end.
    /// </summary>
    const int LargestChunkBytes = 128 << 10;

    const int SmallestChunkBytes = 8 << 10;

    /// <summary>
    /// With one row, how far ahead of the loads lines are asked for, into the second-level cache: it has more misses in flight
    /// than the first, and the arithmetic fills the window in which the processor itself could look ahead. (Zen 4, one thread:
    /// 13 GB/s into the first level, 20 into the second 32 kB to 128 kB ahead; a bare read loop 25. Zen 5, two threads: 16 kB to 32 kB
    /// decode a 1.1B model 3 to 6 % faster than 64 kB, whatever the level.)
    /// </summary>
    const int AheadBytes = 32 << 10;

    const int MostProducts = 8;

    readonly Product[] products = new Product[MostProducts];
    readonly int[] groupsPerChunk = new int[MostProducts];
    readonly int[] firstChunk = new int[MostProducts + 1];
    readonly KernelTable kernels;
    readonly NativeBuffer scratch;
    int count;

    public MatMulWork(KernelTable kernels, NativeBuffer scratch)
    {
        this.kernels = kernels;
        this.scratch = scratch;
    }

    /// <summary>Activation rows.</summary>
    public int Rows { get; private set; }

    /// <summary>Quantized activations, or null when no matrix wants them.</summary>
    public byte* Records { get; private set; }

    /// <summary>Activations in float tiles, or null when no matrix wants them.</summary>
    public byte* Floats { get; private set; }

    /// <summary>Takes the next job and returns the number of chunks.</summary>
    public int Prepare(ReadOnlySpan<Product> next, int rows, byte* records, byte* floats)
    {
        Rows = rows;
        Records = records;
        Floats = floats;
        count = next.Length;
        next.CopyTo(products);
        long total = 0;
        foreach (Product product in next)
        {
            total += product.Weights.WeightBytes;
        }
        long target = Math.Clamp(total / 16, SmallestChunkBytes, LargestChunkBytes) / Math.Clamp(rows, 1, 16);
        for (int i = 0; i < count; i++)
        {
            PackedMatrix weights = products[i].Weights;
            groupsPerChunk[i] = (int)Math.Clamp(target / weights.Layout.GroupBytes, 1, weights.Groups);
            firstChunk[i + 1] = firstChunk[i] + (weights.Groups + groupsPerChunk[i] - 1) / groupsPerChunk[i];
        }
        return firstChunk[count];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        int i = 0;
        while (chunk >= firstChunk[i + 1])
        {
            i++;
        }
        PackedMatrix weights = products[i].Weights;
        int first = (chunk - firstChunk[i]) * groupsPerChunk[i];
        int groups = Math.Min(groupsPerChunk[i], weights.Groups - first);
        kernels.Routine(weights.Format, Rows)(this, in products[i], first, groups, scratch.Pointer + (long)worker * ScratchBytes);
    }

    /// <summary>
    /// With one row: what to ask for while the <paramref name="bytes"/> at <paramref name="group"/> are read. Weights that are
    /// multiplied together lie one after the other, and so do the chunks of a thread, so it is mostly its own; behind the last
    /// matrix it is the group itself, which costs nothing. <paramref name="distance"/>: how far behind the group it begins.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public byte* Ahead(byte* group, long bytes, long distance = AheadBytes)
    {
        byte* ahead = group + distance;
        for (int i = 0; i < count; i++)
        {
            PackedMatrix weights = products[i].Weights;
            if (ahead >= weights.Group(0) && ahead + bytes <= weights.Group(weights.Groups))
            {
                return ahead;
            }
        }
        return group;
    }

    /// <summary>Where a worker's scratch memory has the running sums of a row block.</summary>
    internal static float* Sums(byte* scratch) => (float*)(scratch + TileBytes);

    /// <summary>The integer path: formats with blocks of 32 or 256.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Integer<TDecoder, TKernel>(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch)
        where TDecoder : struct, ITileDecoder where TKernel : struct, IIntegerKernel
    {
        PackedMatrix weights = product.Weights;
        Tile tile = Tile.Over(scratch);
        float* sums = Sums(scratch);
        int blocks = weights.Columns / 32;
        long tileStride = (long)work.Rows * PackedActivations.RecordBytes;
        for (int row = 0; row < work.Rows; row += RowBlock)
        {
            int rows = Math.Min(RowBlock, work.Rows - row);
            for (int g = firstGroup; g < firstGroup + groups; g++)
            {
                Planes planes = new(weights.Group(g), weights.Layout);
                new Span<float>(sums, rows * PackedLayout.GroupRows).Clear();
                byte* records = work.Records + (long)row * PackedActivations.RecordBytes;
                for (int k = 0; k * Tile.Blocks < blocks; k++, records += tileStride)
                {
                    int n = Math.Min(Tile.Blocks, blocks - k * Tile.Blocks);
                    TDecoder.Decode(in planes, k, n, tile);
                    PrefetchNext(weights, g, 1, k, blocks);
                    TKernel.Multiply<TDecoder>(tile, n, records, rows, sums);
                }
                Store(sums, product.Output, row, rows, g * PackedLayout.GroupRows);
            }
        }
    }

    /// <summary>Asks for the tiles that will be decoded next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PrefetchNext(PackedMatrix weights, int group, int step, int tile, int blocks)
    {
        bool last = (tile + 1) * Tile.Blocks >= blocks;
        for (int g = last ? group + step : group, end = Math.Min(g + step, weights.Groups); g < end; g++)
        {
            weights.Layout.Prefetch(weights.Group(g), last ? 0 : tile + 1);
        }
    }

    /// <summary>The float path: F32 straight from the planes, F16 and BF16 widened tile by tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Float<TDecoder, TKernel>(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch)
        where TDecoder : struct, IFloatDecoder where TKernel : struct, IFloatKernel
    {
        PackedMatrix weights = product.Weights;
        float* sums = Sums(scratch), otherSums = sums + RowBlock * PackedLayout.GroupRows, otherTile = (float*)(scratch + FloatTileBytes);
        long tileStride = (long)work.Rows * PackedActivations.FloatTileBytes;
        for (int row = 0; row < work.Rows; row += RowBlock)
        {
            int rows = Math.Min(RowBlock, work.Rows - row), step;
            for (int g = firstGroup; g < firstGroup + groups; g += step)
            {
                step = TKernel.FloatPairs && rows >= 8 && g + 1 < firstGroup + groups ? 2 : 1;
                new Span<float>(sums, rows * PackedLayout.GroupRows).Clear();
                new Span<float>(otherSums, step == 2 ? rows * PackedLayout.GroupRows : 0).Clear();
                byte* activations = work.Floats + (long)row * PackedActivations.FloatTileBytes;
                for (int k = 0; k < weights.Columns; k += Tile.Channels, activations += tileStride)
                {
                    int n = Math.Min(Tile.Channels, weights.Columns - k);
                    float* w = TDecoder.Decode(weights.Group(g), k, n, (float*)scratch);
                    PrefetchNext(weights, g, step, k / Tile.Channels, (weights.Columns + 31) / 32);
                    if (step == 2)
                    {
                        float* u = TDecoder.Decode(weights.Group(g + 1), k, n, otherTile);
                        TKernel.MultiplyPair(w, u, n, (float*)activations, rows, sums, otherSums);
                    }
                    else
                    {
                        TKernel.Multiply(w, n, (float*)activations, rows, sums);
                    }
                }
                Store(sums, product.Output, row, rows, g * PackedLayout.GroupRows);
                if (step == 2)
                {
                    Store(otherSums, product.Output, row, rows, (g + 1) * PackedLayout.GroupRows);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Store(float* sums, Tensor output, int row, int rows, int column)
    {
        int width = Math.Min(PackedLayout.GroupRows, output.Columns - column);
        for (int t = 0; t < rows; t++)
        {
            new ReadOnlySpan<float>(sums + t * PackedLayout.GroupRows, width).CopyTo(new Span<float>(output.RowPointer(row + t) + column, width));
        }
    }
}
