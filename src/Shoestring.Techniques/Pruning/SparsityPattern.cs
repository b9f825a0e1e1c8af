using System.Globalization;
using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Which weights of a row are removed: a share of all, or so many of each few that lie together.</summary>
/// <param name="Sparsity">The share that is removed.</param>
/// <param name="Removed">How many of each <paramref name="Of"/> are removed; 0 for the share of the whole.</param>
/// <param name="Of">How many lie together.</param>
public sealed record SparsityPattern(double Sparsity, int Removed = 0, int Of = 0)
{
    /// <summary>The option of that name.</summary>
    internal static TechniqueOption SparsityOption { get; } = new("sparsity", "0.5", "share of the weights that is removed (0.5 in the papers' main tables)", []);

    /// <summary>The option of that name.</summary>
    internal static TechniqueOption PatternOption { get; } = new("pattern", "unstructured", "unstructured, or N:M to keep N of every M weights that lie together, as 2:4", []);

    /// <summary>The survey's row "unstructured pruning".</summary>
    internal static IReadOnlyList<ResourceClaim> Claims { get; } =
    [
        new(Resource.Computation, Effect.Saves, true, "survey, table 2; its section 6.1.1 adds that this takes special software or hardware"),
        new(Resource.Memory, Effect.Saves, true, "survey, table 2: fewer weights to keep, where the storage is sparse"),
        new(Resource.Energy, Effect.Saves, false, "survey, table 2: fewer operations and bytes, where the kernels skip zeros"),
        new(Resource.Money, Effect.Neutral, false, "survey, table 2 has no mark"),
        new(Resource.Communication, Effect.Neutral, false, "survey, table 2 has no mark"),
    ];

    /// <summary>2:4, which the formats for sparse weights hold.</summary>
    internal static SparsityPattern TwoOfFour { get; } = new(0.5, 2, 4);

    /// <summary>Whether it removes so many of each few.</summary>
    public bool IsStructured => Of > 0;

    /// <summary>The pattern that a call asks for.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public static SparsityPattern Parse(TechniqueCall call)
    {
        string text = call.Value("pattern");
        if (text == "unstructured")
        {
            return new SparsityPattern(call.Number("sparsity", 0, 0.99));
        }

        string[] parts = text.Split(':');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int kept)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int of) && kept > 0 && kept <= of && of <= 64
            ? new SparsityPattern(1 - ((double)kept / of), of - kept, of)
            : throw new InputException($"pattern is '{text}'", $"-t {call.Technique.Id}", "give unstructured, or N:M with N of at most 64 weights kept, as 2:4");
    }

    /// <summary>Marks what is removed of weights that are compared with each other: those of smallest score, the first of equals.</summary>
    /// <param name="scores">What each is worth.</param>
    /// <param name="zeros">Receives whether it is removed.</param>
    internal void Mark(ReadOnlySpan<float> scores, Span<bool> zeros)
    {
        if (!IsStructured)
        {
            Smallest(scores, (int)Math.Round(Sparsity * scores.Length), zeros);
            return;
        }

        // What is left at the end of a row, fewer than M, is kept.
        for (int first = 0; first + Of <= scores.Length; first += Of)
        {
            Smallest(scores.Slice(first, Of), Removed, zeros.Slice(first, Of));
        }
    }

    internal static void Smallest(ReadOnlySpan<float> scores, int count, Span<bool> zeros)
    {
        int[] order = new int[scores.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        // Equal scores go by place, so that the result is the same everywhere.
        float[] keys = scores.ToArray();
        Array.Sort(order, (left, right) => keys[left] != keys[right] ? keys[left].CompareTo(keys[right]) : left.CompareTo(right));
        zeros.Clear();
        for (int i = 0; i < count; i++)
        {
            zeros[order[i]] = true;
        }
    }
}
