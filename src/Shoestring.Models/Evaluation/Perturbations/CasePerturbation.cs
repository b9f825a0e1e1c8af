namespace Shoestring.Models;

/// <summary>Letters in the other case, each with the given probability (Dhole et al., NL-Augmenter, arXiv 2112.02721, <c>change_char_case</c>).</summary>
public sealed class CasePerturbation(double rate = CasePerturbation.UsualRate) : Perturbation(rate)
{
    /// <summary>One letter in ten, NL-Augmenter's own rate.</summary>
    public const double UsualRate = 0.1;

    /// <inheritdoc/>
    public override string Name => "case";

    /// <inheritdoc/>
    public override string Unit => "letters";

    private protected override ulong Stream => 1;

    /// <inheritdoc/>
    public override string Apply(string text, ItemRandom random) => string.Create(text.Length, (text, random, Rate), static (result, from) =>
    {
        for (int i = 0; i < result.Length; i++)
        {
            char letter = from.text[i];
            bool strikes = char.IsLetter(letter) && from.random.Next() < from.Rate;
            result[i] = !strikes ? letter : char.IsUpper(letter) ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter);
        }
    });
}
