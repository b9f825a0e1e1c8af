using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// gradient += dyᵀ·x. Lanes are 16 outputs, so dy is copied into panels <c>[tile of 256 rows][group][row][16 outputs]</c>; x is
/// turned into activations <c>[tile of 256 rows][input][row]</c>; and the running sums are the gradient itself, which lies as
/// the product wants them. Rows are added in their order, whatever the cut.
/// </summary>
internal sealed unsafe class WeightGradientWork(FloatKernels kernels)
{
    const int Lanes = PackedLayout.GroupRows;

    /// <summary>
    /// What is packed at once. Activations of a tile of 256 rows then stay in the second-level cache for all groups; that the gradient
    /// is read and written once for each block costs less.
    /// </summary>
    const long BlockBytes = 2 << 20;

    readonly Packing packing = new();
    readonly Multiplying multiplying = new(kernels);

    /// <summary>Rows that are packed at once.</summary>
    public static int RowsAtOnce(int rows, int outputs, int inputs)
    {
        long tileBytes = Tile.Channels * sizeof(float) * ((outputs + Lanes - 1) / Lanes * Lanes + (long)inputs);
        return (int)Math.Min((rows + Tile.Channels - 1) / Tile.Channels, Math.Max(1, BlockBytes / tileBytes)) * Tile.Channels;
    }

    /// <summary>Floats of scratch memory for as many rows.</summary>
    public static long ScratchFloats(int rowsAtOnce, int outputs, int inputs) => rowsAtOnce * ((outputs + Lanes - 1) / Lanes * Lanes + (long)inputs);

    public void Run(WorkerPool pool, Tensor x, Tensor dy, PackedMatrix gradient, bool add, float* scratch)
    {
        int atOnce = RowsAtOnce(x.Rows, dy.Columns, x.Columns);
        for (int first = 0; first < x.Rows; first += atOnce)
        {
            int rows = Math.Min(atOnce, x.Rows - first);
            float* turned = scratch + (long)atOnce * gradient.Groups * Lanes;
            pool.Run(packing, packing.Prepare(x.Slice(first, rows), dy.Slice(first, rows), scratch, turned));
            pool.Run(multiplying, multiplying.Prepare(gradient, scratch, turned, rows, add || first > 0));
        }
    }

    /// <summary>A chunk is a tile of 256 rows with 64 channels of dy or of x.</summary>
    sealed class Packing : ChunkedWork
    {
        const int Strip = 64;
        Tensor x, dy;
        float* panels, turned;
        int groups, outputStrips, strips;

        public int Prepare(Tensor x, Tensor dy, float* panels, float* turned)
        {
            (this.x, this.dy) = (x, dy);
            this.panels = panels;
            this.turned = turned;
            groups = (dy.Columns + Lanes - 1) / Lanes;
            outputStrips = (dy.Columns + Strip - 1) / Strip;
            strips = outputStrips + (x.Columns + Strip - 1) / Strip;
            return strips * ((x.Rows + Tile.Channels - 1) / Tile.Channels);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int chunk, int worker)
        {
            int tile = chunk / strips, strip = chunk % strips, row = tile * Tile.Channels, rows = Math.Min(Tile.Channels, x.Rows - row);
            if (strip < outputStrips)
            {
                Copy(tile, row, rows, strip * Strip, Math.Min(dy.Columns, (strip + 1) * Strip));
                return;
            }
            int first = (strip - outputStrips) * Strip, last = Math.Min(x.Columns, first + Strip);
            Transposition.Run(x.RowPointer(row) + first, x.Stride, rows, last - first, turned + ((long)tile * x.Columns + first) * Tile.Channels, Tile.Channels);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Copy(int tile, int row, int rows, int first, int last)
        {
            for (int t = 0; t < rows; t++)
            {
                float* from = dy.RowPointer(row + t), to = panels + ((long)tile * groups + first / Lanes) * PanelWork.PanelFloats + t * Lanes;
                for (int c = first; c < last; c += Lanes, to += PanelWork.PanelFloats)
                {
                    if (c + Lanes <= last)
                    {
                        Lanes256.Store(Lanes256.Load(from + c), to);
                        continue;
                    }
                    new ReadOnlySpan<float>(from + c, last - c).CopyTo(new Span<float>(to, Lanes));
                    new Span<float>(to + last - c, Lanes - (last - c)).Clear();
                }
            }
        }
    }

    /// <summary>A chunk is two groups of outputs with 128 inputs: it goes through all rows, 256 at a time.</summary>
    sealed class Multiplying(FloatKernels kernels) : ChunkedWork
    {
        const int Inputs = 128;
        PackedMatrix? gradient;
        float* panels, turned;
        int rows, blocks;
        bool add;

        public int Prepare(PackedMatrix gradient, float* panels, float* turned, int rows, bool add)
        {
            (this.gradient, this.rows, this.add) = (gradient, rows, add);
            this.panels = panels;
            this.turned = turned;
            blocks = (gradient.Columns + Inputs - 1) / Inputs;
            return blocks * ((gradient.Groups + 1) / 2);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int chunk, int worker)
        {
            int group = chunk / blocks * 2, input = chunk % blocks * Inputs, count = Math.Min(Inputs, gradient!.Columns - input);
            bool two = group + 1 < gradient.Groups;
            float* sums = (float*)gradient.Group(group) + (long)input * Lanes, others = two ? (float*)gradient.Group(group + 1) + (long)input * Lanes : null;
            if (!add)
            {
                new Span<float>(sums, count * Lanes).Clear();
                new Span<float>(others, two ? count * Lanes : 0).Clear();
            }
            for (int t = 0; t * Tile.Channels < rows; t++)
            {
                int n = Math.Min(Tile.Channels, rows - t * Tile.Channels);
                float* panel = panels + ((long)t * gradient.Groups + group) * PanelWork.PanelFloats;
                float* x = turned + ((long)t * gradient.Columns + input) * Tile.Channels;
                if (two)
                {
                    kernels.MultiplyPair(panel, panel + PanelWork.PanelFloats, n, x, count, sums, others);
                }
                else
                {
                    kernels.Multiply(panel, n, x, count, sums);
                }
            }
        }
    }
}
