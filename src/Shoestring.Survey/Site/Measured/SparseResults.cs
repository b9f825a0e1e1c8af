using System.Text.Json;
using Shoestring.Metering;

namespace Shoestring.Survey;

/// <summary>Rates of products with weights pruned 2:4 in formats that skip zeros, against the dense formats of as many levels.</summary>
static class SparseResults
{
    static readonly string[] prune = ["magnitude", "wanda", "sparsegpt"];

    public static IEnumerable<Measurement> Read(JsonElement root, string source)
    {
        foreach (JsonElement comparison in root.GetProperty("comparisons").EnumerateArray())
        {
            JsonElement[] series = [.. comparison.GetProperty("series").EnumerateArray()];
            if (series.Length < 2 || !series[0].GetProperty("name").GetString()!.StartsWith("S24", StringComparison.Ordinal))
            {
                continue;
            }

            double[] sparse = Samples(series[0]), dense = Samples(series[1]);
            double[] ratios = [.. dense.Zip(sparse, (one, other) => one / other).Order()];
            string against = series[1].GetProperty("name").GetString()!;
            string rows = comparison.GetProperty("what").GetString()!.Split(", ")[^1].Replace("1 rows", "1 row", StringComparison.Ordinal);
            foreach (string technique in prune)
            {
                yield return new Measurement([technique], $"pattern=2:4 in {series[0].GetProperty("name").GetString()}", Resource.Computation,
                    $"time of a block's products, {rows}", ratios[ratios.Length / 2], ratios[0], ratios[^1],
                    MeasuredUnit.Ratio, $"least and most over {ratios.Length} alternating rounds", against, "matrix products alone", source);
            }
        }
    }

    static double[] Samples(JsonElement series) => [.. series.GetProperty("samples").EnumerateArray().Select(one => one.GetDouble())];
}
