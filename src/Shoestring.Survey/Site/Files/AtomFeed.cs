using System.Security.Cryptography;
using System.Text;

namespace Shoestring.Survey;

/// <summary>The newest papers as an Atom feed (RFC 4287).</summary>
static class AtomFeed
{
    const int MostEntries = 50;

    public static string Write(SiteContent content, Uri root)
    {
        CataloguedPaper[] newest = [.. content.Papers.Take(MostEntries)];
        DateTime updated = newest.Length > 0 ? newest.Max(one => PaperDate.Of(one.Paper)) : DateTime.UnixEpoch;
        return Html.Of($"""
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom">
            <title>Resource-efficient LLMs: new papers</title>
            <id>{Identifier("feed")}</id>
            <link rel="self" href="{new Uri(root, "feed.xml").AbsoluteUri}"/>
            <link rel="alternate" type="text/html" href="{new Uri(root, "papers/index.html").AbsoluteUri}"/>
            <updated>{Time(updated)}</updated>
            <author><name>Shoestring</name></author>
            {newest.Select(one => Entry(one, root))}</feed>

            """).ToString();
    }

    // Dates are those of the papers, to the month: the feed of one catalogue is the same whenever it is written.
    static Html Entry(CataloguedPaper one, Uri root)
    {
        Paper paper = one.Paper;
        return Html.Of($"""
            <entry>
            <title>{PaperText.Title(paper)}</title>
            <id>{Identifier(paper.Key)}</id>
            <link rel="alternate" type="text/html" href="{new Uri(root, one.Path).AbsoluteUri}"/>
            <updated>{Time(PaperDate.Of(paper))}</updated>
            {paper.Authors.Take(20).Select(name => Html.Of($"<author><name>{PaperText.Short(name, 80)}</name></author>\n"))}{paper.Homes.Select(home => Html.Of($"<category term=\"{home.Name}\"/>\n"))}<summary>{Summary(paper)}</summary>
            </entry>

            """);
    }

    static string Summary(Paper paper) => string.IsNullOrWhiteSpace(paper.Abstract)
        ? string.Join(". ", new[] { PaperText.Published(paper), string.Join(", ", paper.Homes.Select(home => home.Name)) }.Where(text => text.Length > 0))
        : PaperText.Short(paper.Abstract, 1000);

    static string Time(DateTime time) => (time.Year < 1970 ? DateTime.UnixEpoch : time).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    // A name-based UUID (RFC 9562, version 8 with SHA-256): the same for ever, wherever the site is published.
    static string Identifier(string key)
    {
        Span<byte> bytes = stackalloc byte[16];
        SHA256.HashData(Encoding.UTF8.GetBytes($"shoestring survey {key}")).AsSpan(0, 16).CopyTo(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return $"urn:uuid:{new Guid(bytes, bigEndian: true)}";
    }
}
