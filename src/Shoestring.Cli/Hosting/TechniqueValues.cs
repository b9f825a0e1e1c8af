using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>Techniques from the command line and from a recipe.</summary>
/// <param name="known">What is said of those that the verb takes.</param>
sealed class TechniqueValues(string known)
{
    readonly Option<string[]> techniques = Values.Texts("--technique", $"A technique and its options{known}; may be given several times", "ID[:option=value,…]", "-t");
    readonly Option<string?> recipe = Values.Text("--recipe", "Techniques from a JSON file, before those of -t", "FILE", "-r");

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [techniques, recipe];

    /// <summary>The techniques, the recipe's first.</summary>
    /// <exception cref="InputException">One is not known, or the recipe cannot be read.</exception>
    public TechniqueCall[] Of(Session session) => [.. Recipe(session), .. session.Value(techniques)!.Select(TechniqueCall.Parse)];

    IReadOnlyList<TechniqueCall> Recipe(Session session) => session.Value(recipe) is { } path ? RunSetup.Recipe(UserFiles.ReadBytes(path), path) : [];
}
