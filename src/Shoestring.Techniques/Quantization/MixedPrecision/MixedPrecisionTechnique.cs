using System.Globalization;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Mixed precision: each matrix its own format, by what it does to the output.</summary>
public static class MixedPrecisionTechnique
{
    const string Usual = "usual";

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "mixed-precision", SurveyTree.Quantization, "gives each matrix the format that, under a budget of bytes, changes the model's output on a calibration text least")
    {
        Papers =
        [
            new("Pushing the Limits of Large Language Model Quantization via the Linearity Theorem", "2411.17525", 2024),
            new("HAWQ: Hessian AWare Quantization of Neural Networks with Mixed-Precision", "1905.03696", 2019),
        ],
        Claims = WeightQuantization.Claims,
        Options =
        [
            new("bits", "4.5", "most bits a weight, mean over all matrices (default: as Q4_0 and Q4_K)", []),
            new("bytes", "0", "most bytes of the file, as 12MB (kB, MB, GB are powers of ten); 0 goes by bits", []),
            new("formats", Usual, "formats to choose from, joined by +, as Q4_0+Q6_K (default: by a matrix's rows those of blocks of 256 and Q8_0, else those of blocks of 32)", []),
            new("tokens", "1024", "most tokens of the calibration text that are looked at (default: with 512 and with 2048 stories15M's choices were as good)", []),
            new("method", "auto", "divergence runs every format of every matrix, scaled one of each and scales the others by the error of the layer's output (default: by the model's size)", ["auto", "divergence", "scaled"]),
        ],
        Apply = Apply,
    };

    static GgufRewrite Apply(GgufRewrite rewrite, TechniqueCall call)
    {
        foreach (TechniqueCall other in rewrite.Calls.Where(other => other.Technique.Options.Contains(WeightQuantization.Format)))
        {
            if (other.Given.Keys.FirstOrDefault(option => option is "format" or "pure" or "bits" or "group-size") is { } option)
            {
                throw new InputException($"{other.Technique.Id} is given {option}, and here each matrix gets its own format", "-t mixed-precision", $"leave out {other.Technique.Id}'s {option}");
            }
        }

        var plan = new MixedPrecisionPlan(Budget(call), Formats(call), new SensitivityOptions { Tokens = call.Integer("tokens", 1, 1 << 24), Method = Method(call) });
        if (rewrite.Decisions.Count == 0)
        {
            // What cannot be met is said at once.
            plan.Assume(rewrite with { Calls = [.. rewrite.Calls, call] });
        }

        return rewrite with { Decisions = [.. rewrite.Decisions, plan] };
    }

    static PrecisionBudget Budget(TechniqueCall call)
    {
        string bytes = call.Value("bytes");
        double unit = bytes.EndsWith("kB", StringComparison.Ordinal) ? 1e3 : bytes.EndsWith("MB", StringComparison.Ordinal) ? 1e6 : bytes.EndsWith("GB", StringComparison.Ordinal) ? 1e9 : 1;
        bool isNumber = double.TryParse(unit > 1 ? bytes[..^2] : bytes, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
        if (!isNumber || !(number >= 0 && number * unit < 1e15))
        {
            throw new InputException($"bytes is '{bytes}'", "-t mixed-precision", "give a size like 12MB (kB, MB, GB are powers of ten)");
        }

        return number == 0 ? new PrecisionBudget(call.Number("bits", 1, 32), null)
            : call.Given.ContainsKey("bits") ? throw new InputException("it is given both bits and bytes", "-t mixed-precision", "keep one of the two")
            : new PrecisionBudget(null, (long)(number * unit));
    }

    static TensorFormat[]? Formats(TechniqueCall call) => call.Value("formats") == Usual ? null : [.. call.Value("formats").Split('+').Select(Format).Distinct()];

    // What QuantizationTarget lacks, as the formats of two bits that need a codebook, cannot be encoded.
    static TensorFormat Format(string name) => BlockFormats.Parse(name.Trim()) is var format && format.CanEncode() ? format
        : throw new InputException($"{format.Name()} can be read and not written", "-t mixed-precision", "leave it out of formats");

    static SensitivityMethod? Method(TechniqueCall call) => call.Value("method") switch
    {
        "auto" => null,
        "divergence" => SensitivityMethod.Divergence,
        "scaled" => SensitivityMethod.ScaledDivergence,
        var other => throw new InputException($"method is '{other}'", "-t mixed-precision", "give auto, divergence or scaled"),
    };
}
