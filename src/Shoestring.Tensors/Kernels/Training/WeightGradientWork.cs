using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// gradient += dyᵀ·x, as sums of outer products of rows. Both are copied into panels, <c>[tile of 256 rows][group][row][16 outputs]</c> and the
/// same of 16 inputs, so that the product reads memory in its order; lanes are outputs, and the running sums are the gradient itself, which
/// lies as the product wants them. Rows are added in their order, whatever the cut.
/// </summary>
/// <remarks>Before, x was turned into <c>[input][row]</c>, as forward products have it: 64 to 76 % of the multiply-add peak on Zen 4.</remarks>
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
        long tileBytes = Tile.Channels * sizeof(float) * (Whole(outputs) + Whole(inputs));
        return (int)Math.Min((rows + Tile.Channels - 1) / Tile.Channels, Math.Max(1, BlockBytes / tileBytes)) * Tile.Channels;
    }

    /// <summary>Floats of scratch memory for as many rows.</summary>
    public static long ScratchFloats(int rowsAtOnce, int outputs, int inputs) => rowsAtOnce * (Whole(outputs) + Whole(inputs));

    static long Whole(int channels) => (channels + Lanes - 1) / Lanes * (long)Lanes;

    public void Run(WorkerPool pool, Tensor x, Tensor dy, PackedMatrix gradient, bool add, float* scratch)
    {
        int atOnce = RowsAtOnce(x.Rows, dy.Columns, x.Columns);
        for (int first = 0; first < x.Rows; first += atOnce)
        {
            int rows = Math.Min(atOnce, x.Rows - first);
            float* inputs = scratch + (long)atOnce * gradient.Groups * Lanes;
            pool.Run(packing, packing.Prepare(x.Slice(first, rows), dy.Slice(first, rows), scratch, inputs));
            pool.Run(multiplying, multiplying.Prepare(gradient, scratch, inputs, rows, add || first > 0));
        }
    }

    static int Groups(int channels) => (channels + Lanes - 1) / Lanes;

    /// <summary>A chunk is a tile of 256 rows with 64 channels of dy or of x.</summary>
    sealed class Packing : ChunkedWork
    {
        const int Strip = 64;
        Tensor x, dy;
        float* outputs, inputs;
        int outputStrips, strips;

        public int Prepare(Tensor x, Tensor dy, float* outputs, float* inputs)
        {
            (this.x, this.dy) = (x, dy);
            this.outputs = outputs;
            this.inputs = inputs;
            outputStrips = (dy.Columns + Strip - 1) / Strip;
            strips = outputStrips + (x.Columns + Strip - 1) / Strip;
            return strips * ((x.Rows + Tile.Channels - 1) / Tile.Channels);
        }

        public override void Run(int chunk, int worker)
        {
            int tile = chunk / strips, strip = chunk % strips;
            if (strip < outputStrips)
            {
                Copy(dy, tile, strip * Strip, outputs);
            }
            else
            {
                Copy(x, tile, (strip - outputStrips) * Strip, inputs);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static void Copy(Tensor source, int tile, int first, float* panels)
        {
            int row = tile * Tile.Channels, rows = Math.Min(Tile.Channels, source.Rows - row), last = Math.Min(source.Columns, first + Strip);
            panels += ((long)tile * Groups(source.Columns) + first / Lanes) * PanelWork.PanelFloats;
            for (int t = 0; t < rows; t++)
            {
                float* from = source.RowPointer(row + t), to = panels + t * Lanes;
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
        float* outputs, inputs;
        int rows, blocks;
        bool add;

        public int Prepare(PackedMatrix gradient, float* outputs, float* inputs, int rows, bool add)
        {
            (this.gradient, this.rows, this.add) = (gradient, rows, add);
            this.outputs = outputs;
            this.inputs = inputs;
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
                float* panel = outputs + ((long)t * gradient.Groups + group) * PanelWork.PanelFloats;
                float* x = inputs + ((long)t * Groups(gradient.Columns) + input / Lanes) * PanelWork.PanelFloats;
                Tile256(panel, two, Math.Min(Tile.Channels, rows - t * Tile.Channels), x, count, sums, others);
            }
        }

        /// <summary>The panels of 16 inputs one after the other: each is in the first-level cache for its two halves.</summary>
        void Tile256(float* panel, bool two, int rows, float* x, int count, float* sums, float* others)
        {
            for (int i = 0; i < count; i += Lanes, x += PanelWork.PanelFloats)
            {
                int width = Math.Min(Lanes, count - i);
                if (two)
                {
                    kernels.OuterPair(panel, panel + PanelWork.PanelFloats, rows, x, Lanes, width, sums + i * Lanes, others + i * Lanes);
                }
                else
                {
                    kernels.Outer(panel, rows, x, Lanes, width, sums + i * Lanes);
                }
            }
        }
    }
}
