using System.Text.Json.Serialization;

namespace Shoestring.Metering;

/// <summary>
/// One number of a receipt with its unit and its source. An unknown number has no value: it is never 0.
/// </summary>
[JsonConverter(typeof(FigureConverter))]
public sealed record Figure
{
    Figure(double? value, string unit, FigureSource source, string how)
    {
        (Value, Unit, Source, How) = (value, unit, source, how);
    }

    /// <summary>The number in <see cref="Unit"/>, or null when <see cref="Source"/> is unavailable.</summary>
    public double? Value { get; }

    /// <summary>The unit as the receipt prints it: <c>FLOP</c>, <c>B</c>, <c>s</c>, <c>J</c>, <c>g</c>, <c>$</c>, ratios of them, or <c>1</c>.</summary>
    public string Unit { get; }

    /// <summary>Where the number came from.</summary>
    public FigureSource Source { get; }

    /// <summary>Counter, formula with its inputs, or the reason why there is no number.</summary>
    public string How { get; }

    /// <summary>What was expected before the work ran, in <see cref="Unit"/>, or null when nothing was predicted.</summary>
    public double? Predicted { get; private init; }

    /// <summary>Lower end of the interval that a modelled figure claims, or null.</summary>
    public double? Low { get; private init; }

    /// <summary>Upper end of the interval that a modelled figure claims, or null.</summary>
    public double? High { get; private init; }

    /// <summary>
    /// (predicted − actual) / actual, or null without a prediction, without a value, or when the actual value is 0 and the
    /// prediction is not.
    /// </summary>
    public double? PredictionError => this switch
    {
        { Predicted: null } or { Value: null } => null,
        { Value: 0, Predicted: 0 } => 0,
        { Value: 0 } => null,
        _ => (Predicted - Value) / Math.Abs(Value.Value),
    };

    /// <summary>A number that a counter, a clock or the operating system gave.</summary>
    public static Figure Measured(double value, string unit, string how) => Known(value, unit, FigureSource.Measured, how);

    /// <summary>A number that is exact arithmetic over what ran.</summary>
    public static Figure Counted(double value, string unit, string how) => Known(value, unit, FigureSource.Counted, how);

    /// <summary>An estimate; <paramref name="how"/> names the formula and its inputs.</summary>
    public static Figure Modelled(double value, string unit, string how) => Known(value, unit, FigureSource.Modelled, how);

    /// <summary>An estimate that claims to lie between <paramref name="low"/> and <paramref name="high"/>.</summary>
    public static Figure Modelled(double value, string unit, string how, double low, double high) =>
        Known(value, unit, FigureSource.Modelled, how).Within(low, high);

    /// <summary>No number, because of <paramref name="reason"/>.</summary>
    public static Figure Unavailable(string unit, string reason) => new(null, unit, FigureSource.Unavailable, reason);

    /// <summary>
    /// A number of the given source. A value that is not finite becomes unavailable, since neither JSON nor a reader
    /// could take it for a quantity.
    /// </summary>
    public static Figure Known(double value, string unit, FigureSource source, string how)
    {
        if (source == FigureSource.Unavailable)
        {
            throw new ArgumentException("a figure with a value has a source other than unavailable", nameof(source));
        }

        return double.IsFinite(value)
            ? new Figure(value, unit, source, how)
            : Unavailable(unit, $"the result is not a finite number ({how})");
    }

    /// <summary>This figure with what had been expected of it.</summary>
    public Figure WithPrediction(double? predicted) =>
        this with { Predicted = predicted is { } number && double.IsFinite(number) ? number : null };

    /// <summary>This figure with an interval around its value; an unavailable figure stays as it is.</summary>
    public Figure Within(double low, double high) =>
        Value is null || !double.IsFinite(low) || !double.IsFinite(high) ? this : this with { Low = low, High = high };

    /// <summary>This figure with the interval that follows from the one of <paramref name="other"/>, if that has one.</summary>
    public Figure Within(Figure other, Func<double, double> follows) =>
        other is { Low: { } low, High: { } high } ? Within(follows(low), follows(high)) : this;

    /// <summary>The value with its unit and source mark, as the terminal shows it.</summary>
    public override string ToString() => FigureText.Format(this);
}
