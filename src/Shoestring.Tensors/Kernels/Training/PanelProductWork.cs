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
/// are made. A chunk is a block of rows with some or all panels, so that weights are read once for each block of rows, and the
/// block's activations, which stay in the second-level cache, serve all of its panels. Sums go k ascending whatever the cut.
/// </summary>
/// <remarks>
/// With chunks of one group and all rows, as few rows want it, every group would read all activations again: 400 MB instead of
/// 48 MB for 4,096 rows of 384 channels with 1,024 outputs.
/// </remarks>
internal sealed unsafe class PanelProductWork(FloatKernels kernels) : ChunkedWork
{
    const int Lanes = PackedLayout.GroupRows;
    const int RowBlock = MatMulWork.RowBlock;

    /// <summary>Chunks that leave little to wait for at the end, where the shape gives as many.</summary>
    const int WantedChunks = 32;

    Tensor output;
    PanelSource source;
    NativeBuffer? scratch;
    float* activations;
    int rows, firstTile, steps, panels, panelsPerChunk, panelChunks;
    bool add;

    /// <summary>Takes the next job and returns the number of chunks.</summary>
    /// <param name="activations">Float tiles as <see cref="PackedActivations"/> has them, all steps of the product.</param>
    /// <param name="rows">Activation rows.</param>
    /// <param name="source">Where the panels are.</param>
    /// <param name="firstTile">The tile of activations that the panels begin at.</param>
    /// <param name="steps">How many steps the panels have.</param>
    /// <param name="output"><c>[row, channel]</c></param>
    /// <param name="add">Whether sums begin at what the output holds.</param>
    /// <param name="scratch">Memory of <see cref="MatMulWork.ScratchBytes"/> for each worker.</param>
    public int Prepare(float* activations, int rows, in PanelSource source, int firstTile, int steps, Tensor output, bool add, NativeBuffer scratch)
    {
        (this.rows, this.source, this.firstTile, this.steps, this.output, this.add, this.scratch) = (rows, source, firstTile, steps, output, add, scratch);
        this.activations = activations;
        panels = (output.Columns + Lanes - 1) / Lanes;
        int blocks = (rows + RowBlock - 1) / RowBlock, pairs = (panels + 1) / 2, parts = Math.Clamp(WantedChunks / Math.Max(1, blocks), 1, pairs);
        panelsPerChunk = (pairs + parts - 1) / parts * 2;
        panelChunks = (panels + panelsPerChunk - 1) / panelsPerChunk;
        return blocks * panelChunks;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        float* sums = MatMulWork.Sums(scratch!.Pointer + (long)worker * MatMulWork.ScratchBytes), others = sums + RowBlock * Lanes;
        int row = chunk / panelChunks * RowBlock, count = Math.Min(RowBlock, rows - row);
        int first = chunk % panelChunks * panelsPerChunk, last = Math.Min(panels, first + panelsPerChunk);
        for (int p = first; p < last; p += 2)
        {
            bool two = p + 1 < last;
            Begin(sums, row, count, p * Lanes);
            if (two)
            {
                Begin(others, row, count, (p + 1) * Lanes);
            }
            for (int t = 0; t * Tile.Channels < steps; t++)
            {
                int n = Math.Min(Tile.Channels, steps - t * Tile.Channels);
                float* x = activations + ((long)(firstTile + t) * rows + row) * Tile.Channels;
                if (two)
                {
                    kernels.MultiplyPair(source.Panel(p, t), source.Panel(p + 1, t), n, x, count, sums, others);
                }
                else
                {
                    kernels.Multiply(source.Panel(p, t), n, x, count, sums);
                }
            }
            MatMulWork.Store(sums, output, row, count, p * Lanes);
            if (two)
            {
                MatMulWork.Store(others, output, row, count, (p + 1) * Lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Begin(float* sums, int row, int count, int column)
    {
        if (!add)
        {
            new Span<float>(sums, count * Lanes).Clear();
            return;
        }
        int width = Math.Min(Lanes, output.Columns - column);
        for (int t = 0; t < count; t++)
        {
            new ReadOnlySpan<float>(output.RowPointer(row + t) + column, width).CopyTo(new Span<float>(sums + t * Lanes, width));
            new Span<float>(sums + t * Lanes + width, Lanes - width).Clear();
        }
    }
}
