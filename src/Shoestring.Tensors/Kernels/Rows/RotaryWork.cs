using System.Runtime.CompilerServices;

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
        if (back)
        {
            Back(values, cos, sin);
            return;
        }
        for (int h = 0; h < x.Columns; h += headChannels)
        {
            Turn(values + h, cos, sin, table.Columns / 2, layout);
        }
    }

    /// <summary>The transpose of <see cref="Turn"/>: by the same angles the other way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Back(float* values, float* cos, float* sin)
    {
        int pairs = table.Columns / 2, step = layout == RotaryLayout.Interleaved ? 2 : 1, apart = layout == RotaryLayout.Interleaved ? 1 : pairs;
        for (int h = 0; h < x.Columns; h += headChannels)
        {
            float* first = values + h, second = first + apart;
            for (int i = 0; i < pairs; i++)
            {
                float a = first[i * step], b = second[i * step];
                first[i * step] = a * cos[i] + b * sin[i];
                second[i * step] = b * cos[i] - a * sin[i];
            }
        }
    }

    /// <summary>Turns one head in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Turn(float* x, float* cos, float* sin, int pairs, RotaryLayout layout)
    {
        if (layout == RotaryLayout.Interleaved)
        {
            Interleaved(x, cos, sin, pairs);
        }
        else
        {
            Halves(x, cos, sin, pairs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Interleaved(float* x, float* cos, float* sin, int pairs)
    {
        for (int i = 0; i < pairs; i++)
        {
            float a = x[2 * i], b = x[2 * i + 1];
            x[2 * i] = a * cos[i] - b * sin[i];
            x[2 * i + 1] = a * sin[i] + b * cos[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Halves(float* x, float* cos, float* sin, int pairs)
    {
        for (int i = 0; i < pairs; i++)
        {
            float a = x[i], b = x[i + pairs];
            x[i] = a * cos[i] - b * sin[i];
            x[i + pairs] = a * sin[i] + b * cos[i];
        }
    }
}
