using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// What deltas compute with on the way: what lies between their matrices, its gradient, and a layer's output where it is computed
/// again. One memory serves all deltas of a model in turn.
/// </summary>
/// <param name="rank">The most channels between two matrices.</param>
/// <param name="account">Who counts it.</param>
/// <param name="width">The most channels of a layer's output that is computed again, or of an input that is kept; 0 for none.</param>
public sealed class DeltaMemory(int rank, MemoryAccount account, int width = 0) : IDisposable
{
    NativeBuffer? buffer;
    int rows;

    /// <summary>The largest rank.</summary>
    public int Rank => rank;

    /// <summary>The most channels of a layer.</summary>
    public int Width => width;

    /// <summary>Bytes for steps of <paramref name="rows"/> rows.</summary>
    public static long Predict(int rows, int rank, int width = 0) => rows * (2L * rank + width) * sizeof(float);

    /// <summary>What lies between two matrices. <c>[row, rank]</c></summary>
    internal Tensor Inner(int count, int channels) => new(Grown(count), 0, count, channels);

    /// <summary>Its gradient. <c>[row, rank]</c></summary>
    internal Tensor InnerGradient(int count, int channels) => new(Grown(count), (long)rows * rank * sizeof(float), count, channels);

    /// <summary>Rows as wide as a layer. <c>[row, channel]</c></summary>
    internal Tensor Wide(int count, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, width);
        return new(Grown(count), 2L * rows * rank * sizeof(float), count, channels);
    }

    NativeBuffer Grown(int count)
    {
        if (buffer is null || count > rows)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(Predict(count, rank, width), MemoryKind.Activations, account);
            rows = count;
        }
        return buffer;
    }

    /// <inheritdoc/>
    public void Dispose() => buffer?.Dispose();
}
