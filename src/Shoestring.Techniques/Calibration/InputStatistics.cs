using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>What a technique needs to know of the inputs of linear layers.</summary>
[Flags]
public enum InputNeeds
{
    /// <summary>Nothing: no calibration text is needed.</summary>
    None = 0,

    /// <summary>For each channel the sums of magnitudes and squares and the largest magnitude.</summary>
    Channels = 1,

    /// <summary>Sums of products of channels, XᵀX: the layer's Hessian up to a factor. Takes channels² doubles.</summary>
    Products = 2,

    /// <summary>Some of the inputs themselves.</summary>
    Sample = 4,
}

/// <summary>What was seen of one input of a block over the calibration text.</summary>
/// <param name="channels">Its channels.</param>
/// <param name="needs">What to keep.</param>
/// <param name="rows">Rows that will be seen.</param>
/// <param name="account">Who counts the memory.</param>
public sealed class InputStatistics(int channels, InputNeeds needs, long rows, MemoryAccount account) : IDisposable
{
    /// <summary>Rows of the sample: AWQ's search takes as many of its reference implementation's 512 as fit one sequence here.</summary>
    public const int SampleRows = 256;

    readonly long stride = Math.Max(1, rows / SampleRows);
    readonly List<float[]> sample = [];

    /// <summary>Channels.</summary>
    public int Channels => channels;

    /// <summary>Rows seen so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Σ |x| of each channel.</summary>
    public double[] Magnitudes { get; } = new double[channels];

    /// <summary>Σ x² of each channel.</summary>
    public double[] Squares { get; } = new double[channels];

    /// <summary>max |x| of each channel.</summary>
    public float[] Largest { get; } = new float[channels];

    /// <summary>XᵀX, or null when it was not asked for.</summary>
    public SymmetricMatrix? Products { get; } = needs.HasFlag(InputNeeds.Products) ? new SymmetricMatrix(channels, account) : null;

    /// <summary>Rows spread evenly over the text. <c>[row][channel]</c></summary>
    public IReadOnlyList<float[]> Sample => sample;

    /// <summary>Takes rows in. <paramref name="x"/>: <c>[row, channel]</c></summary>
    internal void Add(Tensor x, WorkerPool pool)
    {
        Products?.AddProducts(x, pool);
        for (int r = 0; r < x.Rows; r++, Rows++)
        {
            ReadOnlySpan<float> row = x.Row(r);
            if (needs.HasFlag(InputNeeds.Sample) && Rows % stride == 0 && sample.Count < SampleRows)
            {
                sample.Add(row.ToArray());
            }

            for (int c = 0; c < row.Length; c++)
            {
                float magnitude = MathF.Abs(row[c]);
                Magnitudes[c] += magnitude;
                Squares[c] += (double)row[c] * row[c];
                Largest[c] = MathF.Max(Largest[c], magnitude);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Products?.Dispose();
}

/// <summary>The statistics of all inputs of a block.</summary>
/// <param name="needs">What to keep.</param>
/// <param name="rows">Rows that will be seen.</param>
/// <param name="pool">The threads.</param>
/// <param name="account">Who counts the memory.</param>
sealed class StatisticsCollector(InputNeeds needs, long rows, WorkerPool pool, MemoryAccount account) : IInputObserver, IDisposable
{
    public Dictionary<LinearInput, InputStatistics> Inputs { get; } = [];

    public void Observe(LinearInput input, Tensor x)
    {
        if (!Inputs.TryGetValue(input, out InputStatistics? statistics))
        {
            Inputs[input] = statistics = new InputStatistics(x.Columns, needs, rows, account);
        }

        statistics.Add(x, pool);
    }

    public void Dispose()
    {
        foreach (InputStatistics statistics in Inputs.Values)
        {
            statistics.Dispose();
        }
    }
}
