namespace Shoestring.Cli;

/// <summary>A command line that help shows.</summary>
/// <param name="Line">What to type.</param>
/// <param name="Meaning">What it does.</param>
sealed record Example(string Line, string Meaning);

/// <summary>One verb of the tool: its arguments, its help, and its work.</summary>
abstract class Verb(string name, string description, params Example[] examples) : Command(name, description)
{
    /// <summary>What help shows at its end.</summary>
    public IReadOnlyList<Example> Examples { get; } = examples;

    /// <summary>Does the work and returns what it came to.</summary>
    public abstract Answer Run(Session session);
}
