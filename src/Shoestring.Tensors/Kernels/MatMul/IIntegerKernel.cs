namespace Shoestring.Tensors;

/// <summary>
/// Products of a decoded tile with quantized activations. All versions compute the same bits: for each row of the weights
/// and each row of the activations, in the order of the sub-blocks,
/// <code>
/// f   = (float)Σ w·q − offset·Σq          (integers, exact)
/// sum = fma(f, scale·d, sum)
/// sum = fma(−minimum, d·Σq, sum)          (formats with a minimum)
/// </code>
/// </summary>
internal unsafe interface IIntegerKernel
{
    /// <param name="tile">Decoded weights.</param>
    /// <param name="blocks">Blocks of 32 channels in the tile, 1 … 8.</param>
    /// <param name="records">Activation records, <see cref="PackedActivations.RecordBytes"/> apart. <c>[row]</c></param>
    /// <param name="rows">Activation rows.</param>
    /// <param name="sums">Running sums. <c>[row, 16]</c></param>
    static abstract void Multiply<TDecoder>(Tile tile, int blocks, byte* records, int rows, float* sums)
        where TDecoder : struct, ITileDecoder;
}

/// <summary>Products of 16 float weight rows with float activations: <c>sum = fma(w[k], x[k], sum)</c>, k ascending.</summary>
internal unsafe interface IFloatKernel
{
    /// <summary>Whether <see cref="MultiplyPair"/> gains something.</summary>
    static virtual bool FloatPairs => false;

    /// <summary>Two groups at once, so that each load of activations serves both; results as by two calls of Multiply.</summary>
    static virtual void MultiplyPair(float* first, float* second, int channels, float* activations, int rows, float* firstSums, float* secondSums) =>
        throw new NotSupportedException();

    /// <param name="weights"><c>[channel][row of 16]</c></param>
    /// <param name="channels">Input channels in the tile, 1 … 256.</param>
    /// <param name="activations">Tiles of 256 floats. <c>[row]</c></param>
    /// <param name="rows">Activation rows.</param>
    /// <param name="sums">Running sums. <c>[row, 16]</c></param>
    static abstract void Multiply(float* weights, int channels, float* activations, int rows, float* sums);
}
