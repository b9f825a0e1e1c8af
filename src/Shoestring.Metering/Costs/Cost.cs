namespace Shoestring.Metering;

/// <summary>
/// What a piece of work takes of the resources that can be known before it runs: operations, bytes held, bytes moved and
/// bytes on the wire. Cost formulas return one, counters fill one, and a receipt holds the two against each other. A count
/// that nobody states is null, which is not 0.
/// </summary>
public sealed record Cost
{
    /// <summary>Operations by operand width.</summary>
    public OperationCounts? Operations { get; init; }

    /// <summary>Bytes of weights in memory.</summary>
    public double? WeightBytes { get; init; }

    /// <summary>Bytes of keys and values, or of other sequence state, in memory.</summary>
    public double? KvCacheBytes { get; init; }

    /// <summary>Bytes of activations and scratch in memory.</summary>
    public double? ActivationBytes { get; init; }

    /// <summary>Bytes of gradients in memory.</summary>
    public double? GradientBytes { get; init; }

    /// <summary>Bytes of optimizer state in memory.</summary>
    public double? OptimizerBytes { get; init; }

    /// <summary>Bytes of the model on disk.</summary>
    public double? StoredBytes { get; init; }

    /// <summary>Weight bytes read over the whole work: each pass over the weights counts once.</summary>
    public double? WeightBytesMoved { get; init; }

    /// <summary>Bytes of sequence state read and written over the whole work.</summary>
    public double? KvCacheBytesMoved { get; init; }

    /// <summary>Other bytes read and written over the whole work, such as activations that leave the caches.</summary>
    public double? OtherBytesMoved { get; init; }

    /// <summary>Bytes sent over a network.</summary>
    public double? BytesSent { get; init; }

    /// <summary>Bytes received over a network.</summary>
    public double? BytesReceived { get; init; }

    /// <summary>Floating-point operations; one multiply-add is two.</summary>
    public double? Flops => Operations?.Total;

    /// <summary>All bytes moved that are stated, or null when none is.</summary>
    public double? BytesMoved => Sum(Sum(WeightBytesMoved, KvCacheBytesMoved), OtherBytesMoved);

    /// <summary>All bytes held in memory that are stated, or null when none is.</summary>
    public double? TrackedBytes =>
        Sum(Sum(Sum(WeightBytes, KvCacheBytes), Sum(ActivationBytes, GradientBytes)), OptimizerBytes);

    // A term that nobody stated does not make the stated ones unknown; the figures say what a total includes.
    static double? Sum(double? left, double? right) => left is null ? right : left + (right ?? 0);
}
