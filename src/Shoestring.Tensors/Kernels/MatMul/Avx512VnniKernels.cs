using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// AVX-512 with its byte products (vpdpbusd), which .NET 10 offers no intrinsic for: the integer products are emitted code
/// (<see cref="DotEmitter"/>), those of floats <see cref="Avx512Kernels"/>'s, or <see cref="Avx2Kernels"/>' in an executable that was
/// compiled ahead of time for machines without AVX-512.
/// </summary>
internal unsafe struct Avx512VnniKernels : IIntegerKernel, IFloatKernel
{
    public static bool FloatPairs => Avx512BW.IsSupported && Avx512Kernels.FloatPairs;

    public static void Multiply<TDecoder>(Tile tile, int blocks, byte* records, int rows, float* sums) where TDecoder : struct, ITileDecoder
    {
        DotArguments arguments = new()
        {
            Weights = tile.W,
            Scales = (byte*)tile.Scale,
            Minimums = (byte*)tile.Minimum,
            Records = records,
            Sums = sums,
            Blocks = blocks,
        };
        DecodedTile<TDecoder>.Routines.Run(ref arguments, rows);
    }

    public static void Multiply(float* weights, int channels, float* activations, int rows, float* sums)
    {
        if (Avx512BW.IsSupported)
        {
            Avx512Kernels.Multiply(weights, channels, activations, rows, sums);
        }
        else
        {
            Avx2Kernels.Multiply(weights, channels, activations, rows, sums);
        }
    }

    public static void MultiplyPair(float* first, float* second, int channels, float* activations, int rows, float* firstSums, float* secondSums) =>
        Avx512Kernels.MultiplyPair(first, second, channels, activations, rows, firstSums, secondSums);

    static class DecodedTile<TDecoder> where TDecoder : struct, ITileDecoder
    {
        public static readonly DotRoutines Routines =
            new(new DotShape(WeightSource.Tile, TDecoder.HasMinimum ? ScaleSource.FloatsAndMinimums : ScaleSource.Floats, TDecoder.SubBlock, TDecoder.Offset, Rows: 0, AheadBytes: 0));
    }
}
