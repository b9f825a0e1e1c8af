using System.Globalization;
using System.Text.RegularExpressions;
using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>Reads a budget as written on the command line.</summary>
sealed partial class BudgetParser
{
    const string Where = "--budget";
    const int LongestShown = 60;

    static readonly (string Sign, BoundSide Side)[] operators =
    [
        ("<=", BoundSide.AtMost), ("≤", BoundSide.AtMost), ("<", BoundSide.Below),
        (">=", BoundSide.AtLeast), ("≥", BoundSide.AtLeast), (">", BoundSide.Above),
    ];

    static readonly Dictionary<string, double> prefixes = new()
    {
        ["n"] = 1e-9,
        ["u"] = 1e-6,
        ["µ"] = 1e-6,
        ["m"] = 1e-3,
        [""] = 1,
        ["k"] = 1e3,
        ["K"] = 1e3,
        ["M"] = 1e6,
        ["G"] = 1e9,
        ["T"] = 1e12,
    };

    readonly List<Bound> bounds = [];

    public Budget Parse(string text)
    {
        foreach (string part in text.Split(','))
        {
            Add(Condition(part.Trim()));
        }

        return new Budget(bounds);
    }

    static Bound Condition(string text)
    {
        Match match = Parts().Match(text);
        if (!match.Success)
        {
            throw Fault($"'{Show(text)}' is no condition", "write one like storedBytes<=300MB, conditions separated by commas");
        }

        string key = match.Groups["key"].Value, sign = match.Groups["sign"].Value;
        CandidateMetric metric = CandidateMetric.Find(key) ?? throw Fault(
            $"nothing is named '{Show(key)}'", $"use one of {string.Join(", ", CandidateMetric.All)}");
        (string Sign, BoundSide Side) known = Array.Find(operators, one => one.Sign == sign);
        return known.Sign is null
            ? throw Fault($"'{Show(sign)}' after {metric} is no comparison", "use <=, <, >= or >")
            : new Bound(metric, known.Side, Number(metric, match.Groups["value"].Value));
    }

    static double Number(CandidateMetric metric, string text)
    {
        Match match = Value().Match(text);
        if (!match.Success
            || !double.TryParse(match.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            || !double.IsFinite(number))
        {
            throw Fault($"'{Show(text)}' after {metric} is not a number that is not negative", $"write one like {Example(metric)}");
        }

        string unit = match.Groups["unit"].Value;
        double limit = number * (Factor(metric, unit) ?? throw Fault(
            $"'{Show(unit)}' is no unit of {metric}", $"write a number like {Example(metric)}"));
        return metric.Unit == Units.Percent && unit.Length == 0 && number <= 1
            ? throw Fault($"{metric} is in per cent, and {Show(text)} would be {Show(text)} %", $"write {(100 * number).ToString("G6", CultureInfo.InvariantCulture)}%")
            : limit;
    }

    // A unit may be left out; units "per token" may leave out that part, dollars may stand before the number.
    static double? Factor(CandidateMetric metric, string unit)
    {
        string own = metric.Unit;
        if (unit.Length == 0)
        {
            return 1;
        }

        if (unit == "%")
        {
            return own switch { Units.Percent => 1, Units.One => 0.01, _ => null };
        }

        if (own is Units.One or Units.Percent)
        {
            return null;
        }

        string? ending = Array.Find([own, own.Split('/')[0]], one => unit.EndsWith(one, StringComparison.Ordinal));
        return ending is not null && prefixes.TryGetValue(unit[..^ending.Length], out double factor) ? factor : null;
    }

    static string Example(CandidateMetric metric) => metric.Unit switch
    {
        Units.Bytes => "300MB (kB, MB, GB are powers of ten)",
        Units.Percent or Units.One => "99%",
        Units.Dollars or Units.DollarsPerMillionTokens => "$0.50",
        var unit => $"0.5 {unit}",
    };

    void Add(Bound bound)
    {
        foreach (Bound other in bounds.Where(other => other.Metric == bound.Metric))
        {
            if (other.IsCeiling == bound.IsCeiling)
            {
                throw Fault($"{bound.Metric} is bounded twice on the same side ({other}, {bound})", "keep one of the two");
            }

            (Bound floor, Bound ceiling) = bound.IsCeiling ? (other, bound) : (bound, other);
            bool touching = floor.Side == BoundSide.AtLeast && ceiling.Side == BoundSide.AtMost;
            if (floor.Limit > ceiling.Limit || (floor.Limit == ceiling.Limit && !touching))
            {
                throw Fault($"no number meets both {floor} and {ceiling}", "mend one of the two");
            }
        }

        bounds.Add(bound);
    }

    static string Show(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "…";

    static InputException Fault(string what, string cure) => new(what.ReplaceLineEndings(" "), Where, cure);

    [GeneratedRegex(@"^(?<key>[^\s<>=≤≥!~]+)\s*(?<sign>[<>=≤≥!~]+)\s*(?<value>[^<>=≤≥!~].*)$", RegexOptions.Singleline)]
    private static partial Regex Parts();

    [GeneratedRegex(@"^\$?\s*(?<number>\+?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)\s*(?<unit>\S*)$")]
    private static partial Regex Value();
}
