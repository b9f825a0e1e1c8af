namespace Shoestring.Tensors;

/// <summary>
/// What has been computed, counted where a kernel is entered and from the sizes that it is entered with. One multiply-add
/// counts as 2 operations; only matrix products and attention count, as is the field's custom (Kaplan et al., arXiv
/// 2001.08361, §2.1). Weights that a sparse format leaves out count as the zeros that they are, whatever a kernel skips: what
/// such a format saves is seen in bytes and time. The cost model in Shoestring.Models computes the same from hyperparameters, and tests hold the two
/// against each other.
/// </summary>
public sealed class WorkCounters
{
    readonly long[] byFormat = new long[BlockFormats.Slots];

    /// <summary>Operations of matrix products, all formats.</summary>
    public long ProductFlops { get; private set; }

    /// <summary>Operations of attention: scores and weighted values, 4 per query, position seen and channel.</summary>
    public long AttentionFlops { get; private set; }

    /// <summary>All operations.</summary>
    public long Flops => ProductFlops + AttentionFlops;

    /// <summary>Bytes of weights read by matrix products, once per product whatever the rows.</summary>
    public long WeightBytesRead { get; private set; }

    /// <summary>Bytes of keys and values read by attention, once per query row.</summary>
    public long KvBytesRead { get; private set; }

    /// <summary>Operations of products with weights of one format.</summary>
    public long ProductFlopsOf(TensorFormat format) => byFormat[format.Slot()];

    internal void CountProduct(PackedMatrix weights, int rows)
    {
        long flops = 2L * rows * weights.Rows * weights.Columns;
        ProductFlops += flops;
        byFormat[weights.Format.Slot()] += flops;
        WeightBytesRead += weights.WeightBytes;
    }

    internal void CountAttention(in AttentionSpan span, int heads, int window)
    {
        KvStore cache = span.Cache;
        KvSight sight = new(window, cache.Retention);
        for (int position = span.Start; position < span.Start + span.Rows; position++)
        {
            AttentionFlops += 4L * heads * cache.HeadChannels * sight.Seen(position);
            KvBytesRead += cache.BytesRead(sight.Oldest(position), position + 1, position);
            KvBytesRead += sight.Drops(position) ? cache.BytesRead(0, sight.Sinks, position) : 0;
        }
    }

    /// <summary>gradient = dyᵀ·x: as many operations as y = x·Wᵀ, and no weights are read.</summary>
    internal void CountWeightGradient(PackedMatrix gradient, int rows)
    {
        long flops = 2L * rows * gradient.Rows * gradient.Columns;
        ProductFlops += flops;
        byFormat[gradient.Format.Slot()] += flops;
    }

    /// <summary>
    /// Attention within documents: <paramref name="perPair"/> operations for each query head, row, row that it sees and channel, 4
    /// forward (scores and weighted values), 10 backward, where scores are computed again (Dao, arXiv 2307.08691, §4.1).
    /// </summary>
    internal void CountDocuments(ReadOnlySpan<RowRange> documents, int heads, int headChannels, int window, int perPair)
    {
        long seen = 0;
        foreach (RowRange document in documents)
        {
            long full = window > 0 ? Math.Min(window, document.Count) : document.Count;
            seen += full * (full + 1) / 2 + (document.Count - full) * full;
        }
        AttentionFlops += perPair * heads * headChannels * seen;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Array.Clear(byFormat);
        (ProductFlops, AttentionFlops, WeightBytesRead, KvBytesRead) = (0, 0, 0, 0);
    }
}
