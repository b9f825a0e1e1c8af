using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// The float products of one path by their addresses: <c>sums[row, lane] = fma(panel[k, lane], activations[row, k], sums[row,
/// lane])</c>, k ascending, for panels of 16 lanes and activation rows <see cref="Tile.Channels"/> floats apart. Whatever is brought
/// into that form, in any direction of a layer and in attention, has the bits of the plain loops on every path.
/// </summary>
internal readonly unsafe struct FloatKernels
{
    readonly delegate*<float*, int, float*, int, float*, void> one;
    readonly delegate*<float*, float*, int, float*, int, float*, float*, void> pair;
    readonly delegate*<float*, int, float*, long, int, float*, void> outer;
    readonly delegate*<float*, float*, int, float*, long, int, float*, float*, void> outerPair;

    FloatKernels(delegate*<float*, int, float*, int, float*, void> one, delegate*<float*, float*, int, float*, int, float*, float*, void> pair, SimdPath path)
    {
        this.one = one;
        this.pair = pair;
        bool wide = path >= SimdPath.Avx512 && Avx512F.IsSupported;
        outer = path switch
        {
            SimdPath.Scalar => &OuterProducts.Plain,
            SimdPath.Vector128 => &OuterProducts.With128,
            _ => wide ? &OuterProducts.With512 : &OuterProducts.With256,
        };
        outerPair = wide ? &OuterProducts.Pair512 : null;
    }

    public static FloatKernels Of(SimdPath path) => path switch
    {
        SimdPath.Scalar => Of<ScalarKernels>(path),
        SimdPath.Vector128 => Of<Vector128Kernels>(path),
        SimdPath.Avx2 => Of<Avx2Kernels>(path),
        SimdPath.AvxVnni => Of<AvxVnniKernels>(path),
        SimdPath.Avx512Vnni => Of<Avx512VnniKernels>(path),
        _ => Of<Avx512Kernels>(path),
    };

    static FloatKernels Of<TKernel>(SimdPath path) where TKernel : struct, IFloatKernel => new(&One<TKernel>, &Pair<TKernel>, path);

    static void One<TKernel>(float* panel, int steps, float* activations, int rows, float* sums) where TKernel : struct, IFloatKernel =>
        TKernel.Multiply(panel, steps, activations, rows, sums);

    static void Pair<TKernel>(float* first, float* second, int steps, float* activations, int rows, float* firstSums, float* secondSums)
        where TKernel : struct, IFloatKernel
    {
        if (TKernel.FloatPairs && rows >= 8)
        {
            TKernel.MultiplyPair(first, second, steps, activations, rows, firstSums, secondSums);
            return;
        }
        TKernel.Multiply(first, steps, activations, rows, firstSums);
        TKernel.Multiply(second, steps, activations, rows, secondSums);
    }

    /// <summary>One panel. <paramref name="steps"/>: 1 … <see cref="Tile.Channels"/>.</summary>
    public void Multiply(float* panel, int steps, float* activations, int rows, float* sums) => one(panel, steps, activations, rows, sums);

    /// <summary>Two panels, each load of activations serving both where that gains something.</summary>
    public void MultiplyPair(float* first, float* second, int steps, float* activations, int rows, float* firstSums, float* secondSums) =>
        pair(first, second, steps, activations, rows, firstSums, secondSums);

    /// <summary>All panels of a small product, for any number of steps.</summary>
    /// <param name="panels"><c>[panel][step][16]</c>, <paramref name="panelSteps"/> steps from panel to panel.</param>
    /// <param name="panelSteps">Steps that a panel has room for.</param>
    /// <param name="count">Number of panels.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="activations"><c>[tile of steps][row]</c>, <paramref name="room"/> rows from tile to tile.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="room">Rows that activations and sums have room for.</param>
    /// <param name="sums"><c>[panel][row][16]</c></param>
    public void MultiplyAll(float* panels, int panelSteps, int count, int steps, float* activations, int rows, int room, float* sums)
    {
        const int lanes = PackedLayout.GroupRows;
        for (int p = 0; p < count; p += 2)
        {
            float* target = sums + (long)p * room * lanes;
            for (int first = 0; first < steps; first += Tile.Channels)
            {
                int n = Math.Min(Tile.Channels, steps - first);
                float* panel = panels + ((long)p * panelSteps + first) * lanes, x = activations + (long)first * room;
                if (p + 1 < count)
                {
                    pair(panel, panel + (long)panelSteps * lanes, n, x, rows, target, target + (long)room * lanes);
                }
                else
                {
                    one(panel, n, x, rows, target);
                }
            }
        }
    }

    /// <summary>Outer products of one panel: <see cref="OuterProducts"/>.</summary>
    /// <param name="panel"><c>[step][16]</c></param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="x"><c>[step][i]</c>, <paramref name="stride"/> floats from step to step.</param>
    /// <param name="stride">Floats from a step of x to the next.</param>
    /// <param name="count">How many i.</param>
    /// <param name="sums"><c>[i][16]</c></param>
    public void Outer(float* panel, int steps, float* x, long stride, int count, float* sums) => outer(panel, steps, x, stride, count, sums);

    /// <summary>The same of two panels.</summary>
    public void OuterPair(float* first, float* second, int steps, float* x, long stride, int count, float* firstSums, float* secondSums)
    {
        if (outerPair != null)
        {
            outerPair(first, second, steps, x, stride, count, firstSums, secondSums);
            return;
        }
        outer(first, steps, x, stride, count, firstSums);
        outer(second, steps, x, stride, count, secondSums);
    }

    /// <summary>The same of all panels of a small product.</summary>
    /// <param name="panels"><c>[panel][step][16]</c>, <paramref name="panelSteps"/> steps from panel to panel.</param>
    /// <param name="panelSteps">Steps that a panel has room for.</param>
    /// <param name="panelCount">Number of panels.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="x"><c>[step][i]</c></param>
    /// <param name="stride">Floats from a step of x to the next.</param>
    /// <param name="count">How many i.</param>
    /// <param name="room">How many i sums have room for.</param>
    /// <param name="sums"><c>[panel][i][16]</c></param>
    public void OuterAll(float* panels, int panelSteps, int panelCount, int steps, float* x, long stride, int count, int room, float* sums)
    {
        const int lanes = PackedLayout.GroupRows;
        for (int p = 0; p < panelCount; p += 2)
        {
            float* panel = panels + (long)p * panelSteps * lanes, target = sums + (long)p * room * lanes;
            if (p + 1 < panelCount)
            {
                OuterPair(panel, panel + (long)panelSteps * lanes, steps, x, stride, count, target, target + (long)room * lanes);
            }
            else
            {
                outer(panel, steps, x, stride, count, target);
            }
        }
    }
}
