using System.Globalization;
using System.Xml;

namespace Shoestring.Survey;

/// <summary>Papers as an Atom feed (RFC 4287), the newest first. The same papers give the same bytes.</summary>
public static class AtomExport
{
    const string Namespace = "http://www.w3.org/2005/Atom";

    /// <summary>Writes the feed.</summary>
    public static void Write(IReadOnlyList<Paper> papers, TextWriter writer)
    {
        // A text writer would declare the encoding of strings in memory; files and pipes are UTF-8.
        writer.Write("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        using var xml = XmlWriter.Create(writer, new XmlWriterSettings { Indent = true, CloseOutput = false, NewLineChars = "\n", OmitXmlDeclaration = true });
        xml.WriteStartElement("feed", Namespace);
        Text(xml, "title", "Papers on resource-efficient large language models");
        Text(xml, "id", "tag:shoestring,2024:papers");
        Text(xml, "updated", Time(papers.Select(CatalogueExport.Appeared).Max() ?? DateTimeOffset.UnixEpoch));
        foreach (Paper paper in papers.OrderByDescending(paper => CatalogueExport.Appeared(paper) ?? DateTimeOffset.UnixEpoch).ThenBy(paper => paper.Key, StringComparer.Ordinal))
        {
            Entry(xml, paper);
        }

        xml.WriteEndElement();
        xml.Flush();
        writer.Write('\n');
    }

    static void Entry(XmlWriter xml, Paper paper)
    {
        xml.WriteStartElement("entry", Namespace);
        Text(xml, "title", paper.Title);
        Text(xml, "id", $"tag:shoestring,2024:{Uri.EscapeDataString(paper.Key)}");
        Text(xml, "updated", Time(CatalogueExport.Appeared(paper) ?? DateTimeOffset.UnixEpoch));
        foreach (string author in paper.Authors.DefaultIfEmpty("unknown"))
        {
            xml.WriteStartElement("author", Namespace);
            Text(xml, "name", author);
            xml.WriteEndElement();
        }

        if (CatalogueExport.Address(paper.Url) is { } url)
        {
            xml.WriteStartElement("link", Namespace);
            xml.WriteAttributeString("href", url);
            xml.WriteEndElement();
        }

        foreach (string home in paper.Homes.Select(SectionHomes.Name))
        {
            xml.WriteStartElement("category", Namespace);
            xml.WriteAttributeString("term", home);
            xml.WriteEndElement();
        }

        Text(xml, "summary", paper.Abstract ?? string.Join(", ", new[] { paper.Venue, paper.Year?.ToString(CultureInfo.InvariantCulture) }.Where(part => part is not null)));
        xml.WriteEndElement();
    }

    static void Text(XmlWriter xml, string name, string value) => xml.WriteElementString(name, Namespace, CatalogueExport.Clean(value));

    static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
