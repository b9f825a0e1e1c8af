using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// Turns rows into columns: blocks of 8 × 8 in registers where there is AVX (three rounds of eight shuffles), plain loops for what
/// is left and elsewhere.
/// </summary>
internal static unsafe class Transposition
{
    /// <summary><c>target[c, r] = source[r, c]</c>.</summary>
    /// <param name="source"><c>[row, column]</c></param>
    /// <param name="sourceStride">Floats from row to row of the source.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="columns">Columns of the source.</param>
    /// <param name="target"><c>[column, row]</c></param>
    /// <param name="targetStride">Floats from row to row of the target.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* source, long sourceStride, int rows, int columns, float* target, long targetStride)
    {
        int whole = Avx.IsSupported ? rows / 8 * 8 : 0, c = 0;
        for (; Avx.IsSupported && c + 8 <= columns; c += 8)
        {
            // Sixteen columns, a cache line of the source, before the next: their lines of the target are filled while they are near,
            // which matters where rows of the target lie a power of two apart.
            float* from = source + c, to = target + c * targetStride;
            if (c + 16 <= columns)
            {
                for (int r = 0; r < whole; r += 8)
                {
                    Block(from + r * sourceStride, sourceStride, to + r, targetStride);
                    Block(from + r * sourceStride + 8, sourceStride, to + 8 * targetStride + r, targetStride);
                }
                c += 8;
                continue;
            }
            for (int r = 0; r < whole; r += 8)
            {
                Block(from + r * sourceStride, sourceStride, to + r, targetStride);
            }
        }
        Plain(source, sourceStride, 0, whole, c, columns, target, targetStride);
        Plain(source, sourceStride, whole, rows, 0, columns, target, targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Plain(float* source, long sourceStride, int firstRow, int rows, int firstColumn, int columns, float* target, long targetStride)
    {
        for (int r = firstRow; r < rows; r++)
        {
            for (int c = firstColumn; c < columns; c++)
            {
                target[c * targetStride + r] = source[r * sourceStride + c];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Block(float* source, long sourceStride, float* target, long targetStride)
    {
        Vector256<float> a = Vector256.Load(source), b = Vector256.Load(source + sourceStride);
        Vector256<float> c = Vector256.Load(source + 2 * sourceStride), d = Vector256.Load(source + 3 * sourceStride);
        source += 4 * sourceStride;
        Vector256<float> e = Vector256.Load(source), f = Vector256.Load(source + sourceStride);
        Vector256<float> g = Vector256.Load(source + 2 * sourceStride), h = Vector256.Load(source + 3 * sourceStride);
        // Columns 0, 1 | 4, 5 and 2, 3 | 6, 7 of two rows; then each column of four rows; then the halves of eight.
        Vector256<float> ab = Avx.UnpackLow(a, b), AB = Avx.UnpackHigh(a, b), cd = Avx.UnpackLow(c, d), CD = Avx.UnpackHigh(c, d);
        Vector256<float> ef = Avx.UnpackLow(e, f), EF = Avx.UnpackHigh(e, f), gh = Avx.UnpackLow(g, h), GH = Avx.UnpackHigh(g, h);
        a = Avx.Shuffle(ab, cd, 0x44);
        b = Avx.Shuffle(ab, cd, 0xEE);
        c = Avx.Shuffle(AB, CD, 0x44);
        d = Avx.Shuffle(AB, CD, 0xEE);
        e = Avx.Shuffle(ef, gh, 0x44);
        f = Avx.Shuffle(ef, gh, 0xEE);
        g = Avx.Shuffle(EF, GH, 0x44);
        h = Avx.Shuffle(EF, GH, 0xEE);
        Avx.Permute2x128(a, e, 0x20).Store(target);
        Avx.Permute2x128(b, f, 0x20).Store(target + targetStride);
        Avx.Permute2x128(c, g, 0x20).Store(target + 2 * targetStride);
        Avx.Permute2x128(d, h, 0x20).Store(target + 3 * targetStride);
        target += 4 * targetStride;
        Avx.Permute2x128(a, e, 0x31).Store(target);
        Avx.Permute2x128(b, f, 0x31).Store(target + targetStride);
        Avx.Permute2x128(c, g, 0x31).Store(target + 2 * targetStride);
        Avx.Permute2x128(d, h, 0x31).Store(target + 3 * targetStride);
    }
}
