using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>Where the panels of a large product lie: <c>[step][16 lanes]</c>, a tile of 256 steps and the next apart, a panel and the next apart.</summary>
/// <param name="Start">Panel 0 of tile 0.</param>
/// <param name="PanelStride">Floats from a panel to the next.</param>
/// <param name="TileStride">Floats from a panel's tile of 256 steps to its next.</param>
internal readonly unsafe record struct PanelSource(nint Start, long PanelStride, long TileStride)
{
    public float* Panel(int panel, int tile) => (float*)Start + panel * PanelStride + tile * TileStride;
}

/// <summary>
/// Products of many rows with float panels: y = x·Wᵀ, whose panels are the groups of W as they lie, and dx = dy·W, whose panels
/// are made. A chunk is a block of 128 rows with some or all panels: it copies its activations into its own scratch memory, where
/// they serve all of its panels from the second-level cache, and reads the weights once. Sums go k ascending whatever the cut.
/// </summary>
/// <remarks>
/// With chunks of one group and all rows, as few rows want it, every group would read all activations again: 400 MB instead of
/// 48 MB for 4,096 rows of 384 channels with 1,024 outputs.
/// </remarks>
internal sealed unsafe class PanelProductWork(FloatKernels kernels) : ChunkedWork
{
    const int Lanes = PackedLayout.GroupRows;

    /// <summary>Rows of a chunk.</summary>
    public const int RowBlock = 128;

    /// <summary>Chunks that leave little to wait for at the end; where there are fewer blocks of rows, panels are shared out.</summary>
    const int WantedChunks = 16;

    Tensor input, output;
    PanelSource source;
    float* scratch;
    long workerFloats;
    int panels, panelsPerChunk, panelChunks;
    bool add;

    /// <summary>Floats of scratch memory of one worker: two blocks of sums, and activations.</summary>
    public static long ScratchFloats(int steps) => RowBlock * (2 * Lanes + (long)PackedActivations.Tiles(steps) * Tile.Channels);

    /// <summary>Takes the next job and returns the number of chunks.</summary>
    /// <param name="input"><c>[row, step]</c></param>
    /// <param name="source">Where the panels are.</param>
    /// <param name="output"><c>[row, lane of all panels]</c></param>
    /// <param name="add">Whether sums begin at what the output holds.</param>
    /// <param name="scratch"><see cref="ScratchFloats"/> for each worker.</param>
    public int Prepare(Tensor input, in PanelSource source, Tensor output, bool add, float* scratch)
    {
        (this.input, this.source, this.output, this.add) = (input, source, output, add);
        this.scratch = scratch;
        workerFloats = ScratchFloats(input.Columns);
        panels = (output.Columns + Lanes - 1) / Lanes;
        int blocks = (input.Rows + RowBlock - 1) / RowBlock, pairs = (panels + 1) / 2, parts = Math.Clamp(WantedChunks / Math.Max(1, blocks), 1, pairs);
        panelsPerChunk = (pairs + parts - 1) / parts * 2;
        panelChunks = (panels + panelsPerChunk - 1) / panelsPerChunk;
        return blocks * panelChunks;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        float* sums = scratch + worker * workerFloats, others = sums + RowBlock * Lanes, activations = others + RowBlock * Lanes;
        int row = chunk / panelChunks * RowBlock, count = Math.Min(RowBlock, input.Rows - row), steps = input.Columns;
        int first = chunk % panelChunks * panelsPerChunk, last = Math.Min(panels, first + panelsPerChunk);
        DocumentTiles.Rows(input.RowPointer(row), input.Stride, count, steps, RowBlock, activations);
        for (int p = first; p < last; p += 2)
        {
            bool two = p + 1 < last;
            Begin(sums, row, count, p * Lanes);
            if (two)
            {
                Begin(others, row, count, (p + 1) * Lanes);
            }
            float* x = activations;
            for (int t = 0; t * Tile.Channels < steps; t++, x += RowBlock * Tile.Channels)
            {
                int n = Math.Min(Tile.Channels, steps - t * Tile.Channels);
                if (two)
                {
                    kernels.MultiplyPair(source.Panel(p, t), source.Panel(p + 1, t), n, x, count, sums, others);
                }
                else
                {
                    kernels.Multiply(source.Panel(p, t), n, x, count, sums);
                }
            }
            End(sums, row, count, p * Lanes);
            if (two)
            {
                End(others, row, count, (p + 1) * Lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Begin(float* sums, int row, int count, int column)
    {
        int width = output.Columns - column;
        if (!add || width < Lanes)
        {
            new Span<float>(sums, count * Lanes).Clear();
        }
        for (int t = 0; add && t < count; t++)
        {
            float* from = output.RowPointer(row + t) + column;
            if (width >= Lanes)
            {
                Lanes256.Store(Lanes256.Load(from), sums + t * Lanes);
            }
            else
            {
                new ReadOnlySpan<float>(from, width).CopyTo(new Span<float>(sums + t * Lanes, width));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void End(float* sums, int row, int count, int column)
    {
        int width = output.Columns - column;
        for (int t = 0; t < count; t++)
        {
            float* to = output.RowPointer(row + t) + column;
            if (width >= Lanes)
            {
                Lanes256.Store(Lanes256.Load(sums + t * Lanes), to);
            }
            else
            {
                new ReadOnlySpan<float>(sums + t * Lanes, width).CopyTo(new Span<float>(to, width));
            }
        }
    }
}
