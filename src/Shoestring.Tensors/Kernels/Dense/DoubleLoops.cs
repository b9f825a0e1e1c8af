using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>Loops over vectors of doubles, always four lanes wide, so that every machine sums in the same order.</summary>
static unsafe class DoubleLoops
{
    const int Width = 4;

    /// <summary>Σ aᵢ·bᵢ: eight partial sums, then the rest one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Dot(double* a, double* b, int length)
    {
        Vector256<double> even = default, odd = default;
        int i = 0;
        for (; i + (2 * Width) <= length; i += 2 * Width)
        {
            even += Vector256.Load(a + i) * Vector256.Load(b + i);
            odd += Vector256.Load(a + i + Width) * Vector256.Load(b + i + Width);
        }

        double sum = Vector256.Sum(even + odd);
        for (; i < length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>y += factor·x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(double* y, double factor, double* x, int length)
    {
        var factors = Vector256.Create(factor);
        int i = 0;
        for (; i + Width <= length; i += Width)
        {
            (Vector256.Load(y + i) + factors * Vector256.Load(x + i)).Store(y + i);
        }

        for (; i < length; i++)
        {
            y[i] += factor * x[i];
        }
    }

    /// <summary>y −= f·a + g·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Subtract(double* y, double f, double* a, double g, double* b, int length)
    {
        Vector256<double> fs = Vector256.Create(f), gs = Vector256.Create(g);
        int i = 0;
        for (; i + Width <= length; i += Width)
        {
            (Vector256.Load(y + i) - (fs * Vector256.Load(a + i) + gs * Vector256.Load(b + i))).Store(y + i);
        }

        for (; i < length; i++)
        {
            y[i] -= f * a[i] + g * b[i];
        }
    }

    /// <summary>32 elements of two vectors turn: one becomes c·one − s·other, other s·one + c·other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(double* one, double* other, double cosine, double sine)
    {
        Vector256<double> c = Vector256.Create(cosine), s = Vector256.Create(sine);
        for (int i = 0; i < 32; i += Width)
        {
            Vector256<double> a = Vector256.Load(one + i), b = Vector256.Load(other + i);
            (c * a - s * b).Store(one + i);
            (s * a + c * b).Store(other + i);
        }
    }
}
