using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>What a piece of work says of itself when it is done; the meter adds what only it can know.</summary>
/// <param name="Work">What was done.</param>
public sealed record WorkReport(Work Work)
{
    /// <summary>What was counted: operations at kernel entry, bytes by the allocator. What is null becomes unavailable.</summary>
    public Cost Counted { get; init; } = new();

    /// <summary>The quality that was measured.</summary>
    public QualityFigures Quality { get; init; } = new();
}

/// <summary>What was expected of a piece of work before it ran; whatever is null was not predicted.</summary>
public sealed record Prediction
{
    /// <summary>Operations and bytes, by the cost model.</summary>
    public Cost Cost { get; init; } = new();

    /// <summary>Wall-clock seconds.</summary>
    public double? Seconds { get; init; }

    /// <summary>Peak physical memory.</summary>
    public double? PeakResidentBytes { get; init; }

    /// <summary>Joules.</summary>
    public double? Joules { get; init; }

    /// <summary>Dollars.</summary>
    public double? Dollars { get; init; }

    /// <summary>Perplexity.</summary>
    public double? Perplexity { get; init; }
}
