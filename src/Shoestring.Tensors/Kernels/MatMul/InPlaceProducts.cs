using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>A format whose packed weights an emitted routine reads as they lie, without a decoded tile between.</summary>
internal unsafe interface IInPlaceFormat
{
    /// <summary>What the routines multiply; the rows do not matter.</summary>
    static abstract DotShape Shape { get; }

    /// <summary>
    /// Where the scales and minimums of <paramref name="tiles"/> tiles of 256 channels are, from tile <paramref name="first"/> on;
    /// <paramref name="scratch"/> has 256 bytes a tile for those that must be unpacked.
    /// </summary>
    static abstract void Scales(in Planes planes, int first, int tiles, byte* scratch, ref DotArguments arguments);
}

/// <summary>
/// Products of quantized weights with any number of activation rows by emitted routines that decode in registers. With few
/// rows a group is gone through once, its sums in registers and what lies ahead asked for; with many, tile by tile, so that
/// a tile stays in the first-level cache while all rows pass.
/// </summary>
internal static unsafe class InPlaceProducts<TFormat> where TFormat : struct, IInPlaceFormat
{
    /// <summary>Tiles whose unpacked scales fit a worker's scratch memory: 32768 channels.</summary>
    const int MostTiles = 128;

    static readonly DotRoutines Reading = new(TFormat.Shape), Resident = new(TFormat.Shape with { AheadBytes = 0 });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(MatMulWork work, in Product product, int firstGroup, int groups, byte* scratch)
    {
        for (int row = 0; row < work.Rows; row += MatMulWork.RowBlock)
        {
            int rows = Math.Min(MatMulWork.RowBlock, work.Rows - row);
            for (int g = firstGroup; g < firstGroup + groups; g++)
            {
                Group(work, in product, g, row, rows, scratch);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Group(MatMulWork work, in Product product, int g, int row, int rows, byte* scratch)
    {
        PackedMatrix weights = product.Weights;
        byte* group = weights.Group(g);
        Planes planes = new(group, weights.Layout);
        float* sums = MatMulWork.Sums(scratch);
        new Span<float>(sums, rows * PackedLayout.GroupRows).Clear();
        bool few = rows <= DotShape.MostRows;
        int blocks = weights.Columns / 32, tiles = PackedActivations.Tiles(weights.Columns), step = few ? MostTiles : 1;
        DotArguments arguments = new() { TileStride = (nint)work.Rows * PackedActivations.RecordBytes };
        byte* ahead = few ? work.Ahead(group, weights.Layout.GroupBytes) : null;
        for (int k = 0; k < tiles; k += step)
        {
            int count = Math.Min(step, tiles - k);
            TFormat.Scales(in planes, k, count, scratch, ref arguments);
            arguments.Weights = planes.P0 + (long)k * Tile.Blocks / TFormat.Shape.RoundBlocks * TFormat.Shape.RoundBytes;
            arguments.Records = work.Records + (long)row * PackedActivations.RecordBytes + k * arguments.TileStride;
            arguments.Sums = sums;
            arguments.Blocks = Math.Min(count * Tile.Blocks, blocks - k * Tile.Blocks);
            arguments.Ahead = ahead + (long)k * Tile.Blocks * TFormat.Shape.AheadBytes;
            if (!few)
            {
                MatMulWork.PrefetchNext(weights, g, 1, k, blocks);
            }
            (few ? Reading : Resident).Run(ref arguments, rows);
        }
        MatMulWork.Store(sums, product.Output, row, rows, g * PackedLayout.GroupRows);
    }
}

internal unsafe struct Q4_0InPlace : IInPlaceFormat
{
    public static DotShape Shape { get; } = new(WeightSource.NibblesOfBlock, ScaleSource.Halves, SubBlock: 32, Offset: 8, Rows: 0, AheadBytes: 288);

    public static void Scales(in Planes planes, int first, int tiles, byte* scratch, ref DotArguments arguments) => arguments.Scales = planes.P1 + first * Tile.Blocks * 32;
}

internal unsafe struct Q8_0InPlace : IInPlaceFormat
{
    public static DotShape Shape { get; } = new(WeightSource.SignedBytes, ScaleSource.Halves, SubBlock: 32, Offset: 128, Rows: 0, AheadBytes: 544);

    public static void Scales(in Planes planes, int first, int tiles, byte* scratch, ref DotArguments arguments) => arguments.Scales = planes.P1 + first * Tile.Blocks * 32;
}

internal unsafe struct Q4_KInPlace : IInPlaceFormat
{
    public static DotShape Shape { get; } = new(WeightSource.NibblesOfPair, ScaleSource.BytesAndMinimums, SubBlock: 32, Offset: 0, Rows: 0, AheadBytes: 288);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scales(in Planes planes, int first, int tiles, byte* scratch, ref DotArguments arguments)
    {
        for (int i = 0; i < tiles; i++)
        {
            SuperBlock.SixBits(planes.P1 + (first + i) * 192, scratch + i * 256);
        }
        arguments.Scales = scratch;
        arguments.SuperScales = planes.P2 + first * 32;
        arguments.SuperMinimums = planes.P3 + first * 32;
    }
}

internal unsafe struct Q6_KInPlace : IInPlaceFormat
{
    public static DotShape Shape { get; } = new(WeightSource.SixBits, ScaleSource.SignedBytes, SubBlock: 16, Offset: 32, Rows: 0, AheadBytes: 420);

    public static void Scales(in Planes planes, int first, int tiles, byte* scratch, ref DotArguments arguments)
    {
        arguments.Minimums = planes.P1 + first * 1024;
        arguments.Scales = planes.P2 + first * 256;
        arguments.SuperScales = planes.P3 + first * 32;
    }
}
