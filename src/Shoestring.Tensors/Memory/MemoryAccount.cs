namespace Shoestring.Tensors;

/// <summary>What a byte of native memory is held for; the receipt's memory section has a line for each.</summary>
public enum MemoryKind
{
    Weights,
    KvCache,
    Activations,
    Gradients,
    Optimizer,
    Scratch,
}

/// <summary>Counts the bytes that <see cref="NativeBuffer"/>s hold, by kind, now and at their peak. Thread-safe.</summary>
public sealed class MemoryAccount
{
    const int Kinds = (int)MemoryKind.Scratch + 1;
    readonly long[] current = new long[Kinds];
    readonly long[] peak = new long[Kinds];
    readonly Lock gate = new();
    long total;
    long peakTotal;

    /// <summary>Bytes held now for <paramref name="kind"/>.</summary>
    public long Current(MemoryKind kind)
    {
        lock (gate)
        {
            return current[(int)kind];
        }
    }

    /// <summary>Most bytes ever held at once for <paramref name="kind"/>.</summary>
    public long Peak(MemoryKind kind)
    {
        lock (gate)
        {
            return peak[(int)kind];
        }
    }

    /// <summary>Most bytes ever held at once, all kinds together.</summary>
    public long PeakTotal
    {
        get
        {
            lock (gate)
            {
                return peakTotal;
            }
        }
    }

    internal void Change(MemoryKind kind, long bytes)
    {
        lock (gate)
        {
            int k = (int)kind;
            current[k] += bytes;
            total += bytes;
            peak[k] = Math.Max(peak[k], current[k]);
            peakTotal = Math.Max(peakTotal, total);
        }
    }
}
