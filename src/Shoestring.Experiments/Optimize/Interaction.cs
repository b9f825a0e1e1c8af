using System.Text.Json.Serialization;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>
/// What two techniques do together beside what each does alone. Qualities multiply where techniques do not act on each other; the
/// ratio of the joint quality to that product says whether they do. All are taken over what all of them were scored on.
/// </summary>
/// <param name="First">What is applied first.</param>
/// <param name="Second">What is applied after it.</param>
/// <param name="FirstQuality">Quality of the first alone, in per cent.</param>
/// <param name="SecondQuality">Quality of the second alone, in per cent.</param>
/// <param name="Product">The product of the two, in per cent.</param>
/// <param name="Together">Quality of the two together, in per cent.</param>
/// <param name="Ratio">Together over the product, with its paired 95 % interval: 1 where they do not act on each other.</param>
public sealed record Interaction(string First, string Second, Figure FirstQuality, Figure SecondQuality, Figure Product, Figure Together, Figure Ratio)
{
    /// <summary>Together over what the other order gives, with its paired 95 % interval, or null where the other order was not tried.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Figure? OrderRatio { get; init; }

    /// <summary>All that can be said of contenders: each combination of two whose parts were scored alone.</summary>
    internal static IReadOnlyList<Interaction> Among(Contender original, IReadOnlyList<Contender> contenders)
    {
        int shared = SharedTechniques.Of([.. contenders.Select(one => one.Plan.Techniques)]);
        Dictionary<string, Contender> scored = contenders.Where(one => one.Chunks > 0).ToDictionary(one => Key(one.Plan.Techniques.Skip(shared)));
        var found = new List<Interaction>();
        foreach (Contender both in scored.Values)
        {
            if (both.Plan.Techniques.Skip(shared).ToArray() is [var first, var second]
                && scored.TryGetValue(first, out Contender? one) && scored.TryGetValue(second, out Contender? other))
            {
                found.Add(Of(original.Score, (first, one.Score), (second, other.Score), both.Score, scored.GetValueOrDefault(Key([second, first]))?.Score));
            }
        }

        return found;
    }

    static string Key(IEnumerable<string> techniques) => string.Join(" + ", techniques);

    static Interaction Of(TextScore original, (string Name, TextScore Score) first, (string Name, TextScore Score) second, TextScore both, TextScore? reversed)
    {
        int count = new[] { original, first.Score, second.Score, both }.Min(score => score.Blocks.Count);
        TextScore zero = Part(original), a = Part(first.Score), b = Part(second.Score), ab = Part(both);
        Figure one = PairedQuality.Quality(zero, a), other = PairedQuality.Quality(zero, b), together = PairedQuality.Quality(zero, ab);
        // NLL(original) + NLL(both) against NLL(first) + NLL(second), block by block.
        Figure ratio = Share(PairedQuality.Quality(Sum(a, b), Sum(zero, ab)), "together over the product of each alone");
        Figure product = one.Value is { } p && other.Value is { } q
            ? Figure.Measured(p * q / 100, Units.Percent, "the product of the two qualities") : Figure.Unavailable(Units.Percent, one.How);
        return new Interaction(first.Name, second.Name, one, other, product, together, ratio)
        {
            OrderRatio = reversed is null ? null : Ordered(both, reversed),
        };

        TextScore Part(TextScore score) => new([.. score.Blocks.Take(count)]);
    }

    static Figure Ordered(TextScore both, TextScore reversed)
    {
        int count = Math.Min(both.Blocks.Count, reversed.Blocks.Count);
        return Share(PairedQuality.Quality(new([.. reversed.Blocks.Take(count)]), new([.. both.Blocks.Take(count)])), "over the quality of the other order");
    }

    static TextScore Sum(TextScore one, TextScore other) =>
        new([.. one.Blocks.Zip(other.Blocks, (left, right) => left with { NegativeLogLikelihood = left.NegativeLogLikelihood + right.NegativeLogLikelihood })]);

    static Figure Share(Figure percent, string what) => percent.Value is { } value
        ? Figure.Measured(value / 100, Units.One, $"{what}, paired 95 % interval").Within(percent.Low!.Value / 100, percent.High!.Value / 100)
        : Figure.Unavailable(Units.One, percent.How);
}
