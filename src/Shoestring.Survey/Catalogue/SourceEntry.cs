using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>One entry of a list, a bibliography or an archive's answer, as it stands there.</summary>
/// <param name="Source">Who says it, with revision and licence.</param>
/// <param name="Place">Line or number within the source.</param>
/// <param name="Title">The title as it stands.</param>
public sealed record SourceEntry(string Source, string Place, string Title)
{
    /// <summary>Names of the authors.</summary>
    public IReadOnlyList<string> Authors { get; init; } = [];

    /// <summary>The year as it stands; null where there is none.</summary>
    public int? Year { get; init; }

    /// <summary>Journal, conference or archive as it stands.</summary>
    public string? Venue { get; init; }

    /// <summary>The abstract.</summary>
    public string? Abstract { get; init; }

    /// <summary>The address as it stands.</summary>
    public string? Url { get; init; }

    /// <summary>The arXiv identifier as it stands, else the one in the address.</summary>
    public string? Arxiv { get; init; }

    /// <summary>The digital object identifier.</summary>
    public string? Doi { get; init; }

    /// <summary>Address of code.</summary>
    public string? Code { get; init; }

    /// <summary>Headings that it stands under, from the outermost, joined by <c> &gt; </c>.</summary>
    public string? Section { get; init; }

    /// <summary>Words that the source gives it.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>Places in the tree that the source itself names: an export of this catalogue, a reviewed update.</summary>
    public IReadOnlyList<SurveyFamily> Homes { get; init; } = [];

    /// <summary>How the source came by the arXiv identifier, where it says so: <c>memory</c> is to be checked before it is believed.</summary>
    public string? ArxivFrom { get; init; }

    /// <summary>What the source calls it in short: a method's name.</summary>
    public string? ShortName { get; init; }

    /// <summary>Source and place, for messages.</summary>
    public string Where => $"{Source}:{Place}";
}
