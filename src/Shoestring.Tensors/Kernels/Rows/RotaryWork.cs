using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>Which two channels of a head turn together.</summary>
public enum RotaryLayout
{
    /// <summary>Channels 2i and 2i + 1, as in the paper; GGUF files of the llama architecture.</summary>
    Interleaved,

    /// <summary>Channels i and i + n/2; Hugging Face's Llama, Qwen.</summary>
    Halves,
}

/// <summary>
/// Rotary position embedding in place (Su et al., arXiv 2104.09864, eq. 15). Angles come from a table that the step fills
/// once for all blocks: <c>[row, cos of each pair | sin of each pair]</c>.
/// </summary>
internal sealed unsafe class RotaryWork : RowWork
{
    Tensor x, table;
    int headChannels;
    RotaryLayout layout;
    bool back;

    /// <summary>Turns, or, <paramref name="back"/>, multiplies with the transposed turn, which leads gradients back.</summary>
    public void Run(WorkerPool pool, Tensor x, Tensor table, int headChannels, RotaryLayout layout, bool back = false)
    {
        (this.x, this.table, this.headChannels, this.layout, this.back) = (x, table, headChannels, layout, back);
        RunRows(pool, x.Rows, x.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Row(int row)
    {
        float* values = x.RowPointer(row), cos = table.RowPointer(row), sin = cos + table.Columns / 2;
        for (int h = 0; h < x.Columns; h += headChannels)
        {
            Turn(values + h, cos, sin, table.Columns / 2, layout, back ? -1 : 1);
        }
    }

    /// <summary>Turns one head in place, by the same angles the other way where <paramref name="sign"/> is −1.</summary>
    internal static void Turn(float* x, float* cos, float* sin, int pairs, RotaryLayout layout, float sign = 1)
    {
        if (layout == RotaryLayout.Interleaved)
        {
            Interleaved(x, cos, sin, pairs, sign);
        }
        else
        {
            Halves(x, cos, sin, pairs, sign);
        }
    }

    // Four pairs at a time: (a, b) becomes (a, b) · cos + (b, a) · (−sin, sin).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Interleaved(float* x, float* cos, float* sin, int pairs, float sign)
    {
        Vector128<float> signs = Vector128.Create(-sign, sign, -sign, sign);
        int i = 0;
        for (; i + 4 <= pairs; i += 4)
        {
            Vector128<float> c = Vector128.Load(cos + i), s = Vector128.Load(sin + i), low = Vector128.Load(x + 2 * i), high = Vector128.Load(x + 2 * i + 4);
            Vector128<float> lowSine = Vector128.Shuffle(s, Vector128.Create(0, 0, 1, 1)) * signs, highSine = Vector128.Shuffle(s, Vector128.Create(2, 2, 3, 3)) * signs;
            Vector128<float> lowTurned = low * Vector128.Shuffle(c, Vector128.Create(0, 0, 1, 1)) + Vector128.Shuffle(low, Vector128.Create(1, 0, 3, 2)) * lowSine;
            Vector128<float> highTurned = high * Vector128.Shuffle(c, Vector128.Create(2, 2, 3, 3)) + Vector128.Shuffle(high, Vector128.Create(1, 0, 3, 2)) * highSine;
            lowTurned.Store(x + 2 * i);
            highTurned.Store(x + 2 * i + 4);
        }
        for (; i < pairs; i++)
        {
            float a = x[2 * i], b = x[2 * i + 1], s = sin[i] * sign;
            x[2 * i] = a * cos[i] - b * s;
            x[2 * i + 1] = a * s + b * cos[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Halves(float* x, float* cos, float* sin, int pairs, float sign)
    {
        int i = 0;
        for (; i + 8 <= pairs; i += 8)
        {
            Vector256<float> a = Vector256.Load(x + i), b = Vector256.Load(x + i + pairs), c = Vector256.Load(cos + i), s = Vector256.Load(sin + i) * sign;
            (a * c - b * s).Store(x + i);
            (a * s + b * c).Store(x + i + pairs);
        }
        for (; i < pairs; i++)
        {
            float a = x[i], b = x[i + pairs], s = sin[i] * sign;
            x[i] = a * cos[i] - b * s;
            x[i + pairs] = a * s + b * cos[i];
        }
    }
}
