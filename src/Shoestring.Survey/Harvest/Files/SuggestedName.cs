namespace Shoestring.Survey;

/// <summary>The name of a file: its address's, where that names the type; else what the server calls it; else what can be told.</summary>
static class SuggestedName
{
    static readonly string[] programs = ["php", "asp", "aspx", "jsp", "cgi", "do", "cfm", "pl", "ashx"];

    /// <summary>The name as it was written, decoded once; it is not fit for a file system yet.</summary>
    public static string Of(HarvestItem item, WebAnswer answer, FileType type) => Of(item.Address, answer.Address, answer.Header("Content-Disposition"), type);

    /// <inheritdoc cref="Of(HarvestItem, WebAnswer, FileType)"/>
    public static string Of(Uri asked, Uri final, string disposition, FileType type) =>
        WebAddress.Extension(asked) == type.Name ? WebAddress.LastSegment(asked)
        : DispositionName.Of(disposition) is { } name ? name
        : WebAddress.Extension(final) == type.Name ? WebAddress.LastSegment(final)
        : OfQuery(asked, type) ?? OfPath(asked);

    // download.php?file=lec5.pdf
    static string? OfQuery(Uri address, FileType type) => PaperLinks.QueryParts(address)
        .Select(part => Uri.UnescapeDataString(part[(part.IndexOf('=') + 1)..]))
        .FirstOrDefault(value => value.EndsWith("." + type.Name, StringComparison.OrdinalIgnoreCase));

    static string OfPath(Uri address)
    {
        string segment = Uri.UnescapeDataString(address.AbsolutePath.TrimEnd('/').Split('/')[^1]);
        return programs.Contains(Path.GetExtension(segment).TrimStart('.').ToLowerInvariant()) ? Path.GetFileNameWithoutExtension(segment) : segment;
    }
}
