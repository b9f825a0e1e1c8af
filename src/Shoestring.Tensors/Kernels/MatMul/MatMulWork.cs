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

    /// <summary>Scratch memory of a worker: a tile (of integers or floats) and the running sums of a row block.</summary>
    public const int ScratchBytes = FloatTileBytes + RowBlock * PackedLayout.GroupRows * sizeof(float);

    const int FloatTileBytes = Tile.Channels * PackedLayout.GroupRows * sizeof(float);
    const int LargestChunkBytes = 128 << 10;
    const int SmallestChunkBytes = 8 << 10;
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

    /// <summary>The integer path: formats with blocks of 32 or 256.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Integer<TDecoder, TKernel>(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch)
        where TDecoder : struct, ITileDecoder where TKernel : struct, IIntegerKernel
    {
        PackedMatrix weights = product.Weights;
        Tile tile = Tile.Over(scratch);
        float* sums = (float*)(scratch + FloatTileBytes);
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
                    TKernel.Multiply<TDecoder>(tile, n, records, rows, sums);
                }
                Store(sums, product.Output, row, rows, g * PackedLayout.GroupRows);
            }
        }
    }

    /// <summary>The float path: F32 straight from the planes, F16 and BF16 widened tile by tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Float<TDecoder, TKernel>(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch)
        where TDecoder : struct, IFloatDecoder where TKernel : struct, IFloatKernel
    {
        PackedMatrix weights = product.Weights;
        float* sums = (float*)(scratch + FloatTileBytes);
        long tileStride = (long)work.Rows * PackedActivations.FloatTileBytes;
        for (int row = 0; row < work.Rows; row += RowBlock)
        {
            int rows = Math.Min(RowBlock, work.Rows - row);
            for (int g = firstGroup; g < firstGroup + groups; g++)
            {
                new Span<float>(sums, rows * PackedLayout.GroupRows).Clear();
                byte* activations = work.Floats + (long)row * PackedActivations.FloatTileBytes;
                for (int k = 0; k < weights.Columns; k += Tile.Channels, activations += tileStride)
                {
                    int n = Math.Min(Tile.Channels, weights.Columns - k);
                    float* w = TDecoder.Decode(weights.Group(g), k, n, (float*)scratch);
                    TKernel.Multiply(w, n, (float*)activations, rows, sums);
                }
                Store(sums, product.Output, row, rows, g * PackedLayout.GroupRows);
            }
        }
    }

    static void Store(float* sums, Tensor output, int row, int rows, int column)
    {
        int width = Math.Min(PackedLayout.GroupRows, output.Columns - column);
        for (int t = 0; t < rows; t++)
        {
            new ReadOnlySpan<float>(sums + t * PackedLayout.GroupRows, width).CopyTo(new Span<float>(output.RowPointer(row + t) + column, width));
        }
    }
}
