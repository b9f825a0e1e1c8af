using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Random numbers of one item, one after the other: they depend on seed and item alone, not on what else is drawn.</summary>
public sealed class ItemRandom(ulong seed, ulong item, ulong first)
{
    ulong position = first;

    /// <summary>Uniform in [0, 1).</summary>
    public double Next() => CounterRandom.Uniform(seed, item, position++);

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1.</summary>
    public int Below(int count) => (int)(Next() * count);
}

/// <summary>A change of a text that leaves its meaning to a human reader.</summary>
/// <param name="rate">How often it strikes, 0 to 1.</param>
public abstract class Perturbation(double rate)
{
    /// <summary>Its name.</summary>
    public abstract string Name { get; }

    /// <summary>What <see cref="Rate"/> is a share of.</summary>
    public abstract string Unit { get; }

    /// <summary>How often it strikes.</summary>
    public double Rate => rate;

    /// <summary>Where its random numbers begin, so that kinds share none.</summary>
    private protected abstract ulong Stream { get; }

    /// <summary>The names that <see cref="Find"/> knows.</summary>
    public static IReadOnlyList<string> Known { get; } = ["typo", "case", "all"];

    /// <summary>The perturbations of that name, each at <paramref name="rate"/> or at its own usual one.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static IReadOnlyList<Perturbation> Find(string name, double? rate = null) => name switch
    {
        "typo" => [new TypoPerturbation(rate ?? TypoPerturbation.UsualRate)],
        "case" => [new CasePerturbation(rate ?? CasePerturbation.UsualRate)],
        "all" => [.. Find("typo", rate), .. Find("case", rate)],
        _ => throw new InputException($"there is no perturbation '{Names.Printable(name)}'", "--perturb", $"use one of {string.Join(", ", Known)}"),
    };

    /// <summary>What changes the parts of an item's text, in the order in which the item's task asks.</summary>
    public Func<string, string> For(ulong seed, int item)
    {
        ItemRandom random = new(seed, (ulong)item, Stream << 32);
        return text => Apply(text, random);
    }

    /// <summary>The changed text.</summary>
    public abstract string Apply(string text, ItemRandom random);
}
