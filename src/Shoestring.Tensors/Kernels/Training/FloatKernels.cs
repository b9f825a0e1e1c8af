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

    FloatKernels(delegate*<float*, int, float*, int, float*, void> one, delegate*<float*, float*, int, float*, int, float*, float*, void> pair)
    {
        this.one = one;
        this.pair = pair;
    }

    public static FloatKernels Of(SimdPath path) => path switch
    {
        SimdPath.Scalar => Of<ScalarKernels>(),
        SimdPath.Vector128 => Of<Vector128Kernels>(),
        SimdPath.Avx2 => Of<Avx2Kernels>(),
        SimdPath.AvxVnni => Of<AvxVnniKernels>(),
        SimdPath.Avx512Vnni => Of<Avx512VnniKernels>(),
        _ => Of<Avx512Kernels>(),
    };

    static FloatKernels Of<TKernel>() where TKernel : struct, IFloatKernel => new(&One<TKernel>, &Pair<TKernel>);

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
}
