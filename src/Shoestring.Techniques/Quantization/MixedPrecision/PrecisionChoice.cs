using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>A format for each matrix of a model.</summary>
/// <param name="Formats">By tensor name; tensors that are not among them stay as they are.</param>
/// <param name="Target">What the file's metadata calls it: the mix of the format that most weights have.</param>
public sealed record PrecisionChoice(IReadOnlyDictionary<string, TensorFormat> Formats, QuantizationTarget Target)
{
    /// <summary>What it was chosen by; null before it was measured.</summary>
    public SensitivityTable? Sensitivity { get; init; }

    /// <summary>The divergences of all matrices in their formats, summed: what the choice takes the whole to come to.</summary>
    public double? PredictedDivergence { get; init; }

    /// <summary>The divergence of the model with all of them rounded to nearest, over the same part of the text.</summary>
    public double? MeasuredDivergence { get; init; }

    /// <summary>The choice of these formats for these matrices.</summary>
    internal static PrecisionChoice Of(IReadOnlyList<TensorEntry> matrices, IReadOnlyList<TensorFormat> formats)
    {
        TensorFormat most = matrices.Zip(formats).GroupBy(pair => pair.Second).OrderByDescending(group => group.Sum(pair => pair.First.Shape.Elements)).ThenBy(group => group.Key).First().Key;
        return new PrecisionChoice(matrices.Zip(formats).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal), QuantizationTargets.Parse(most.Name()));
    }

    /// <summary>The same for all tensors of the model.</summary>
    internal QuantizationPlan Plan(IEnumerable<TensorEntry> tensors) =>
        new(Target, tensors.ToDictionary(tensor => tensor.Name, tensor => Formats.GetValueOrDefault(tensor.Name, tensor.Format), StringComparer.Ordinal), []);
}
