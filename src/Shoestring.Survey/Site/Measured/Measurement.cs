using Shoestring.Metering;

namespace Shoestring.Survey;

/// <summary>A figure that was measured here, with its interval, from a committed result.</summary>
/// <param name="Techniques">Identifiers of the techniques whose effect it is.</param>
/// <param name="Setup">What was run, as it is typed.</param>
/// <param name="Resource">The resource it speaks of; null for quality.</param>
/// <param name="Quantity">What was measured, in words.</param>
/// <param name="Value">The figure.</param>
/// <param name="Low">Lower end of the interval; null where the figure is exact.</param>
/// <param name="High">Upper end of the interval; null where the figure is exact.</param>
/// <param name="Unit">How it is shown.</param>
/// <param name="Spread">What the interval is, and over what.</param>
/// <param name="Against">What it is held against.</param>
/// <param name="Subject">The model and the text.</param>
/// <param name="Source">The committed file.</param>
sealed record Measurement(
    IReadOnlyList<string> Techniques, string Setup, Resource? Resource, string Quantity, double Value, double? Low, double? High, MeasuredUnit Unit,
    string Spread, string Against, string Subject, string Source)
{
    /// <summary>Whether the effect is one technique's alone.</summary>
    public bool IsSingle => Techniques.Count == 1;
}

/// <summary>How a measured figure is shown.</summary>
enum MeasuredUnit
{
    /// <summary>A ratio of new to old.</summary>
    Ratio,

    /// <summary>Per cent of the original's quality.</summary>
    Percent,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Tokens a second.</summary>
    TokensPerSecond,
}
