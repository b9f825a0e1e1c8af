using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>What lies between the two matrices of low-rank deltas, and its gradient; one memory serves all deltas of a model in turn.</summary>
/// <param name="rank">The largest rank.</param>
/// <param name="account">Who counts it.</param>
public sealed class DeltaMemory(int rank, MemoryAccount account) : IDisposable
{
    NativeBuffer? buffer;
    int rows;

    /// <summary>The largest rank.</summary>
    public int Rank => rank;

    /// <summary>Bytes for steps of <paramref name="rows"/> rows.</summary>
    public static long Predict(int rows, int rank) => 2L * rows * rank * sizeof(float);

    internal Tensor Inner(int count, int width) => new(Grown(count), 0, count, width);

    internal Tensor InnerGradient(int count, int width) => new(Grown(count), (long)rows * rank * sizeof(float), count, width);

    NativeBuffer Grown(int count)
    {
        if (buffer is null || count > rows)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(Predict(count, rank), MemoryKind.Activations, account);
            rows = count;
        }
        return buffer;
    }

    /// <inheritdoc/>
    public void Dispose() => buffer?.Dispose();
}
