using Shoestring.Metering;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>The weight formats that a search tries for a model.</summary>
/// <param name="Plans">The candidates, in the order to try them.</param>
/// <param name="LeftOut">Formats that are not worth trying, with the reason.</param>
public sealed record QuantizationCandidates(IReadOnlyList<CandidatePlan> Plans, IReadOnlyList<LeftOut> LeftOut)
{
    const string Prefix = "quantize:format=";

    // A search that is cut short has seen both ends and the middle first.
    static readonly QuantizationTarget[] order =
    [
        QuantizationTarget.Q8_0, QuantizationTarget.Q4_0, QuantizationTarget.Q4_K_M, QuantizationTarget.Q6_K, QuantizationTarget.Q5_K_M,
        QuantizationTarget.Q2_K, QuantizationTarget.Q5_0, QuantizationTarget.Q3_K_M, QuantizationTarget.Q4_1, QuantizationTarget.Q5_1,
        QuantizationTarget.F16, QuantizationTarget.IQ4_NL, QuantizationTarget.Q4_K_S, QuantizationTarget.Q5_K_S, QuantizationTarget.Q3_K_L,
        QuantizationTarget.Q3_K_S, QuantizationTarget.BF16,
    ];

    /// <summary>
    /// The formats that make this model smaller. Those that do not, and those which fall back to the very tensors of an earlier
    /// one, are left out.
    /// </summary>
    /// <exception cref="ModelFileException">The metadata lacks what a mix depends on.</exception>
    public static QuantizationCandidates For(GgufFile model)
    {
        var plans = new List<CandidatePlan>();
        var leftOut = new List<LeftOut>();
        var seen = new Dictionary<string, string>();
        long given = model.Tensors.Sum(tensor => tensor.Bytes);
        foreach (QuantizationTarget target in order)
        {
            QuantizationPlan plan = Quantizer.Plan(model, target);
            string technique = Prefix + target;
            if (Reason(plan, technique) is { } reason)
            {
                leftOut.Add(new LeftOut([technique], reason));
            }
            else
            {
                plans.Add(new CandidatePlan([technique]) { Fallbacks = [.. plan.Fallbacks.Select(Note)] });
            }
        }

        return new QuantizationCandidates(plans, leftOut);

        string? Reason(QuantizationPlan plan, string technique)
        {
            if (plan.TensorBytes(model.Tensors) >= given)
            {
                return "it would not make this model smaller";
            }

            string formats = string.Join(',', model.Tensors.Select(tensor => plan.Formats[tensor.Name]));
            return seen.TryAdd(formats, technique) ? null : $"for this model it gives the same tensors as {seen[formats]}";
        }
    }

    /// <summary>The target of a candidate that <see cref="For"/> made, or null for the baseline.</summary>
    /// <exception cref="InputException">The technique is another one, or its format is unknown.</exception>
    public static QuantizationTarget? Target(CandidatePlan plan) => plan.Techniques switch
    {
        [] => null,
        [var technique] when technique.StartsWith(Prefix, StringComparison.Ordinal) => QuantizationTargets.Parse(technique[Prefix.Length..]),
        _ => throw new InputException($"'{plan.Label}' is no single quantization", "-t", $"use {Prefix}Q4_0 and the like"),
    };

    /// <summary>
    /// Bytes on disk that a target is expected to take: the plan's tensors, and beside them what the file given holds beside its
    /// own.
    /// </summary>
    public static Figure PredictStoredBytes(GgufFile model, QuantizationTarget? target)
    {
        long tensors = model.Tensors.Sum(tensor => tensor.Bytes);
        double planned = target is { } format ? Quantizer.Plan(model, format).TensorBytes(model.Tensors) : tensors;
        return Figure.Modelled(model.FileBytes - tensors + planned, Units.Bytes, "tensors by their planned formats + header and padding of the file given");
    }

    static Fallback Note(FormatFallback fallback) => new(fallback.Tensor.Name, fallback.Wanted.Name(), fallback.Got.Name());
}
