namespace Shoestring.Experiments;

/// <summary>What all candidates begin with, as what loses nothing: it takes no part in what techniques are held against each other for.</summary>
static class SharedTechniques
{
    /// <summary>How many techniques all begin with.</summary>
    public static int Of(IReadOnlyList<IReadOnlyList<string>> candidates) => candidates.Count < 2 ? 0
        : candidates[0].TakeWhile((technique, i) => candidates.All(other => other.Count > i && other[i] == technique)).Count();
}
