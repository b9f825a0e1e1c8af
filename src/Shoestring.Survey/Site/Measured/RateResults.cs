using System.Text.Json;
using Shoestring.Metering;

namespace Shoestring.Survey;

/// <summary>Rates of one model in several formats on one machine; each format's figure is from a run of its own.</summary>
static class RateResults
{
    const string Original = "F16", Ours = "Shoestring ";

    static readonly string[] formats = ["Q8_0", "Q4_0", "Q4_K_M"];

    sealed record Rate(double Median, double Low, double High);

    /// <summary>Time per token of each format against 16 bits, decoding and reading prompts.</summary>
    /// <param name="folder">The machine's results, as they are named here.</param>
    /// <param name="open">Opens one of them, or gives null where it is not there.</param>
    public static IEnumerable<Measurement> Read(string folder, Func<string, string?> open)
    {
        if (open($"{folder}/peers-tl-{Original}.json") is not { } first)
        {
            yield break;
        }

        Dictionary<string, Rate> original = Rates(first);
        foreach (string format in formats)
        {
            string name = $"{folder}/peers-tl-{format}.json";
            foreach ((string what, Rate rate) in open(name) is { } text ? Rates(text) : [])
            {
                Rate before = original[what];
                yield return new Measurement(["quantize"], $"quantize:format={format}", Resource.Computation, $"time per token, {what}", before.Median / rate.Median,
                    before.Low / rate.High, before.High / rate.Low, MeasuredUnit.Ratio, "least and most over rounds; the two formats ran one after the other", "the same model at F16",
                    "TinyLlama 1.1B", name);
            }
        }
    }

    // The prompt's length and a single sequence: what every one of these files has.
    static Dictionary<string, Rate> Rates(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.GetProperty("comparisons").EnumerateArray()
            .Where(one => one.GetProperty("what").GetString() is { } what && (what.StartsWith("prefill", StringComparison.Ordinal) || what == "decode batch 1"))
            .ToDictionary(
                one => one.GetProperty("what").GetString()!.StartsWith("prefill", StringComparison.Ordinal) ? "reading a prompt" : "decoding",
                one => Parse(one.GetProperty("series").EnumerateArray().First(series => series.GetProperty("name").GetString()!.StartsWith(Ours, StringComparison.Ordinal))));
    }

    static Rate Parse(JsonElement series) => new(series.GetProperty("median").GetDouble(), series.GetProperty("min").GetDouble(), series.GetProperty("max").GetDouble());
}
