namespace Shoestring.Survey;

/// <summary>How sure a finding is.</summary>
public enum LintLevel
{
    /// <summary>It is wrong.</summary>
    Error,

    /// <summary>It has not been checked; nothing speaks against it.</summary>
    Note,
}

/// <summary>Something that is wrong in a source, and what would be right.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Source">The source.</param>
/// <param name="Place">Line or number within it.</param>
/// <param name="Field">The field: <c>title</c>, <c>year</c>, <c>venue</c>, <c>url</c>, <c>section</c>, <c>duplicate</c>, <c>text</c>.</param>
/// <param name="Found">What stands there.</param>
/// <param name="Mend">What should.</param>
/// <param name="Why">How that is known.</param>
public sealed record LintFinding(string Rule, string Source, string Place, string Field, string Found, string Mend, string Why)
{
    /// <summary>Whether it is an error or a note.</summary>
    public LintLevel Level { get; init; }

    internal static LintFinding Of(string rule, SourceEntry entry, string field, string? found, string mend, string why) =>
        new(rule, entry.Source, entry.Place, field, found ?? "", mend, why);
}
