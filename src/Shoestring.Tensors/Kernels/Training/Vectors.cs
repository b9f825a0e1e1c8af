using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>Plain passes over vectors, 16 lanes at a time; each element is treated alone, so all paths agree to the bit.</summary>
internal static unsafe class Vectors
{
    /// <summary>target += source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* source, float* target, int count)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256.Store(Lanes256.Add(Lanes256.Load(target + i), Lanes256.Load(source + i)), target + i);
        }
        for (; i < count; i++)
        {
            target[i] += source[i];
        }
    }

    /// <summary>target = source · factor; the two may be one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* source, float factor, float* target, int count) => AttentionWork.Scale(source, count, factor, target);

    /// <summary>Σ x · y, element i in lane i mod 16, then over the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* x, float* y, int count)
    {
        Lanes256 sum = Lanes256.Create(0);
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            sum = Lanes256.MultiplyAdd(Lanes256.Load(x + i), Lanes256.Load(y + i), sum);
        }
        float* lanes = stackalloc float[16];
        Lanes256.Store(sum, lanes);
        for (int lane = 0; i < count; i++, lane++)
        {
            lanes[lane] = MathF.FusedMultiplyAdd(x[i], y[i], lanes[lane]);
        }
        return Reduce.Sum(Lanes256.Load(lanes));
    }
}
