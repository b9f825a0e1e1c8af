using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Entries of an answer of arXiv's interface (Atom 1.0 with the arxiv extension).</summary>
public static class ArxivAtom
{
    const string Source = "arXiv API (metadata CC0-1.0)";

    static readonly XNamespace atom = "http://www.w3.org/2005/Atom";
    static readonly XNamespace arxiv = "http://arxiv.org/schemas/atom";

    /// <summary>Reads an answer.</summary>
    /// <param name="text">The feed.</param>
    /// <param name="where">Where it came from, for messages.</param>
    /// <exception cref="InputException">It is no such feed, or arXiv answers with an error.</exception>
    public static IReadOnlyList<SourceEntry> Read(string text, string where)
    {
        XElement feed = Parse(text, where);
        if (feed.Name != atom + "feed")
        {
            throw new InputException($"it is <{feed.Name.LocalName}>, not an Atom feed", where, "give what arXiv's interface answers");
        }

        return [.. feed.Elements(atom + "entry").Select(entry => Entry(entry, where))];
    }

    /// <summary>How many entries the whole query has, by the feed's opensearch:totalResults; null where it does not say.</summary>
    public static int? Total(string text, string where) => int.TryParse(
        Parse(text, where).Element(XName.Get("totalResults", "http://a9.com/-/spec/opensearch/1.1/"))?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int total) ? total : null;

    // No document type: its entities are how a small feed becomes a large one or reads a file.
    static XElement Parse(string text, string where)
    {
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = 64 << 20 });
            return XElement.Load(reader);
        }
        catch (XmlException fault)
        {
            throw new InputException($"it is no XML ({fault.Message.TrimEnd('.')})", where, "give what arXiv's interface answers", fault);
        }
    }

    static SourceEntry Entry(XElement entry, string where)
    {
        string id = entry.Element(atom + "id")?.Value ?? "";
        string title = TitleText.Tidy(entry.Element(atom + "title")?.Value ?? "");
        if (id.Contains("/api/errors", StringComparison.Ordinal))
        {
            throw new InputException($"arXiv answers: {TitleText.Tidy(entry.Element(atom + "summary")?.Value ?? title)}", where, "mend the query");
        }

        string key = PaperIdentity.Arxiv(id) ?? throw new InputException($"an entry's id '{id}' is no arXiv identifier", where, "give what arXiv's interface answers");
        string? published = entry.Element(atom + "published")?.Value;
        return new SourceEntry(Source, key, title)
        {
            Authors = [.. entry.Elements(atom + "author").Select(author => TitleText.Tidy(author.Element(atom + "name")?.Value ?? "")).Where(name => name.Length > 0)],
            Year = published is { Length: >= 4 } && int.TryParse(published.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out int year) ? year : null,
            Venue = entry.Element(arxiv + "journal_ref")?.Value is { } journal ? TitleText.Tidy(journal) : "arXiv",
            Abstract = entry.Element(atom + "summary")?.Value is { } summary ? TitleText.Tidy(summary) : null,
            Url = $"https://arxiv.org/abs/{key}",
            Arxiv = key,
            Doi = PaperIdentity.Doi(entry.Element(arxiv + "doi")?.Value),
        };
    }
}
