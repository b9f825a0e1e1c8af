using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>Which side of a bound is allowed.</summary>
public enum BoundSide
{
    /// <summary>The limit itself and what is below it.</summary>
    AtMost,

    /// <summary>Only what is below the limit.</summary>
    Below,

    /// <summary>The limit itself and what is above it.</summary>
    AtLeast,

    /// <summary>Only what is above the limit.</summary>
    Above,
}

/// <summary>One condition of a budget.</summary>
/// <param name="Metric">What is bounded.</param>
/// <param name="Side">The side that is allowed.</param>
/// <param name="Limit">The limit, in the metric's unit.</param>
public sealed record Bound(CandidateMetric Metric, BoundSide Side, double Limit)
{
    /// <summary>Whether the bound is a ceiling.</summary>
    public bool IsCeiling => Side is BoundSide.AtMost or BoundSide.Below;

    /// <summary>
    /// Holds a candidate against the bound. Quality and perplexity count with the end of their 95 % interval that is harder to
    /// meet; other figures count with their value. A figure that is unavailable does not meet any bound.
    /// </summary>
    public BoundCheck Check(Candidate candidate)
    {
        Figure figure = Metric.Read(candidate);
        double? used = Metric.IsQuality ? (IsCeiling ? figure.High : figure.Low) ?? figure.Value : figure.Value;
        bool met = used is { } value && Side switch
        {
            BoundSide.AtMost => value <= Limit,
            BoundSide.Below => value < Limit,
            BoundSide.AtLeast => value >= Limit,
            _ => value > Limit,
        };
        return new BoundCheck(this, figure, used, met);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Metric.Name} {Sign} {FigureText.Format(Limit, Metric.Unit)}";

    string Sign => Side switch
    {
        BoundSide.AtMost => "≤",
        BoundSide.Below => "<",
        BoundSide.AtLeast => "≥",
        _ => ">",
    };
}

/// <summary>A candidate held against a bound.</summary>
/// <param name="Bound">The bound.</param>
/// <param name="Figure">The candidate's figure.</param>
/// <param name="Used">The number that counted, or null when the figure is unavailable.</param>
/// <param name="Met">Whether the bound is met.</param>
public sealed record BoundCheck(Bound Bound, Figure Figure, double? Used, bool Met)
{
    /// <summary>By how much the bound is missed, as a share of its limit: 0 when it is met, infinite when the figure is unavailable.</summary>
    public double Miss => Met ? 0
        : Used is not { } used ? double.PositiveInfinity
        : Math.Abs(used - Bound.Limit) / Math.Max(Math.Abs(Bound.Limit), 1e-12);

    /// <summary>One clause for people.</summary>
    public override string ToString() => Used is { } used
        ? $"{Bound.Metric.Name} is {FigureText.Format(used, Bound.Metric.Unit)}{End}, {(Met ? "which meets" : "which misses")} {Bound}"
        : $"{Bound.Metric.Name} is unavailable ({Figure.How}), which misses {Bound}";

    string End => Bound.Metric.IsQuality && Used != Figure.Value
        ? $" at the {(Bound.IsCeiling ? "upper" : "lower")} end of its 95 % interval"
        : "";
}
