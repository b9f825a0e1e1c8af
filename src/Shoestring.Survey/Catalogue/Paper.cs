using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>One work of the catalogue, merged from all sources that name it.</summary>
/// <param name="Key">Stable and unique: <c>arxiv:2306.00978</c>, else <c>doi:10.…</c> in lower case, else the title's words joined by hyphens.</param>
/// <param name="Title">As printed; data, never markup.</param>
public sealed record Paper(string Key, string Title)
{
    /// <summary>Names in the printed order; empty where no source has them.</summary>
    public IReadOnlyList<string> Authors { get; init; } = [];

    /// <summary>Year of the first publication; null when no source says it.</summary>
    public int? Year { get; init; }

    /// <summary>Journal, conference or archive in its usual spelling; null when no source says it.</summary>
    public string? Venue { get; init; }

    /// <summary>The abstract; null when no source has it.</summary>
    public string? Abstract { get; init; }

    /// <summary>Where it is read: the canonical address, without tracking parameters.</summary>
    public string? Url { get; init; }

    /// <summary>The arXiv identifier without version: <c>2306.00978</c> or <c>cs/0112017</c>.</summary>
    public string? Arxiv { get; init; }

    /// <summary>The digital object identifier in lower case.</summary>
    public string? Doi { get; init; }

    /// <summary>Address of the authors' code.</summary>
    public string? Code { get; init; }

    /// <summary>Where it stands in the survey's tree: one place or several, the first the chief one.</summary>
    public IReadOnlyList<SurveyFamily> Homes { get; init; } = [];

    /// <summary>The resources that it saves.</summary>
    public IReadOnlyList<Resource> Resources { get; init; } = [];

    /// <summary>Identifiers of the techniques of it that run here (<see cref="Technique"/>).</summary>
    public IReadOnlyList<string> Techniques { get; init; } = [];

    /// <summary>Words that a source gave.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>Who said what: one entry for each field and source.</summary>
    public IReadOnlyList<Provenance> Provenance { get; init; } = [];
}

/// <summary>Where a field's value came from.</summary>
/// <param name="Field">The field's name in the catalogue's JSON: <c>title</c>, <c>year</c>, …</param>
/// <param name="Source">The source with its revision and licence, as it calls itself.</param>
/// <param name="Place">Line or entry within the source; null where it has none.</param>
/// <param name="Value">What the source said, before it was mended.</param>
public sealed record Provenance(string Field, string Source, string? Place, string Value);
