using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>
/// C ± = AᵀB for tiles of doubles, the one inner loop of the dense algebra here. A micro-tile of 4 × 8 of C stays in registers
/// while k runs; sums over k are in order, so that a result depends on the shapes alone.
/// </summary>
static unsafe class TileProduct
{
    /// <summary>Rows and columns of a full tile.</summary>
    public const int Size = 64;

    /// <summary>Adds <paramref name="sign"/> · AᵀB to C.</summary>
    /// <param name="a"><c>[k, row]</c>, <see cref="Size"/> doubles from k to k, those past <paramref name="rows"/> readable.</param>
    /// <param name="b"><c>[k, column]</c>, <paramref name="strideB"/> doubles from k to k.</param>
    /// <param name="c"><c>[row, column]</c>, <paramref name="strideC"/> doubles from row to row.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="rows">Rows of C.</param>
    /// <param name="columns">Columns of C.</param>
    /// <param name="strideB">Doubles from one k of B to the next.</param>
    /// <param name="strideC">Doubles from one row of C to the next.</param>
    /// <param name="sign">1 or −1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(double* a, double* b, double* c, int depth, int rows, int columns, long strideB, long strideC, double sign)
    {
        int i = 0;
        for (; i + 4 <= rows; i += 4)
        {
            int j = 0;
            for (; j + 8 <= columns; j += 8)
            {
                Micro(a + i, b + j, c + i * strideC + j, depth, strideB, strideC, sign);
            }

            Rest(a + i, b + j, c + i * strideC + j, depth, 4, columns - j, strideB, strideC, sign);
        }

        Rest(a + i, b, c + i * strideC, depth, rows - i, columns, strideB, strideC, sign);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Micro(double* a, double* b, double* c, int depth, long strideB, long strideC, double sign)
    {
        Vector256<double> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        for (int k = 0; k < depth; k++, a += Size, b += strideB)
        {
            Vector256<double> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 4);
            Vector256<double> x = Vector256.Create(a[0]);
            s00 = Vector256.MultiplyAddEstimate(x, b0, s00);
            s01 = Vector256.MultiplyAddEstimate(x, b1, s01);
            x = Vector256.Create(a[1]);
            s10 = Vector256.MultiplyAddEstimate(x, b0, s10);
            s11 = Vector256.MultiplyAddEstimate(x, b1, s11);
            x = Vector256.Create(a[2]);
            s20 = Vector256.MultiplyAddEstimate(x, b0, s20);
            s21 = Vector256.MultiplyAddEstimate(x, b1, s21);
            x = Vector256.Create(a[3]);
            s30 = Vector256.MultiplyAddEstimate(x, b0, s30);
            s31 = Vector256.MultiplyAddEstimate(x, b1, s31);
        }

        Vector256<double> factor = Vector256.Create(sign);
        Store(c, s00, s01, factor);
        Store(c + strideC, s10, s11, factor);
        Store(c + 2 * strideC, s20, s21, factor);
        Store(c + 3 * strideC, s30, s31, factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(double* c, Vector256<double> left, Vector256<double> right, Vector256<double> factor)
    {
        (Vector256.Load(c) + (left * factor)).Store(c);
        (Vector256.Load(c + 4) + (right * factor)).Store(c + 4);
    }

    static void Rest(double* a, double* b, double* c, int depth, int rows, int columns, long strideB, long strideC, double sign)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < depth; k++)
                {
                    sum += a[(long)k * Size + i] * b[k * strideB + j];
                }

                c[i * strideC + j] += sign * sum;
            }
        }
    }
}
