using System.Xml;

namespace Shoestring.Survey;

/// <summary>Finds the links of sitemaps (sitemaps.org) and of RSS and Atom feeds.</summary>
static class XmlLinks
{
    /// <summary>The links, or null when the document is neither a sitemap nor a feed.</summary>
    /// <param name="bytes">The document; its encoding is its own to say.</param>
    /// <param name="limit">The most links that are taken.</param>
    public static PageLinks? Of(byte[] bytes, int limit)
    {
        var links = new List<PageLink>();
        bool truncated = false;
        try
        {
            using XmlReader reader = XmlReader.Create(new MemoryStream(bytes), new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Ignore,
                XmlResolver = null,
                IgnoreComments = true,
                IgnoreProcessingInstructions = true,
                IgnoreWhitespace = true,
            });
            if (!reader.ReadToFollowingElement() || reader.LocalName is not ("urlset" or "sitemapindex" or "rss" or "feed" or "RDF"))
            {
                return null;
            }

            LinkRole role = reader.LocalName == "sitemapindex" ? LinkRole.Sitemap : LinkRole.Content;
            truncated = reader.LocalName is "urlset" or "sitemapindex" ? Locations(reader, role, links, limit) : Items(reader, links, limit);
        }
        catch (XmlException) when (links.Count > 0)
        {
            // What came before the fault is as good as it was.
            return new PageLinks(links, null, true);
        }
        catch (XmlException)
        {
            return null;
        }

        return new PageLinks(links, null, truncated);
    }

    static bool ReadToFollowingElement(this XmlReader reader)
    {
        while (reader.Read())
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                return true;
            }
        }

        return false;
    }

    static bool Locations(XmlReader reader, LinkRole role, List<PageLink> links, int limit)
    {
        while (reader.Read())
        {
            while (reader.NodeType == XmlNodeType.Element && reader.LocalName == "loc")
            {
                links.Add(new PageLink(reader.ReadElementContentAsString(), "", null, role));
                if (links.Count >= limit)
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Titles stand before or after the links of their item, so an item's links are added at its end.
    static bool Items(XmlReader reader, List<PageLink> links, int limit)
    {
        string title = "";
        var found = new List<(string Address, string? Type)>();
        bool more = reader.Read();
        while (more && links.Count < limit)
        {
            bool item = reader.LocalName is "item" or "entry";
            if (reader.NodeType == XmlNodeType.EndElement && item)
            {
                links.AddRange(found.Select(link => new PageLink(link.Address, title, link.Type)));
                found.Clear();
            }
            else if (reader.NodeType == XmlNodeType.Element && item)
            {
                title = "";
                found.Clear();
            }
            else if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "title" && !reader.IsEmptyElement)
            {
                title = Plain(reader);
                continue;
            }
            else if (reader.NodeType == XmlNodeType.Element && Link(reader) is { } link)
            {
                found.Add(link);
            }

            more = reader.Read();
        }

        return more;
    }

    // RSS writes <link>address</link> and <enclosure url>, Atom <link href>.
    static (string Address, string? Type)? Link(XmlReader reader)
    {
        bool linked = reader.LocalName == "link" && reader.GetAttribute("rel") is null or "alternate" or "enclosure" or "related";
        if (!linked && reader.LocalName is not ("enclosure" or "content"))
        {
            return null;
        }

        string? type = reader.GetAttribute("type")?.Split(';')[0].Trim().ToLowerInvariant();
        if ((reader.GetAttribute("href") ?? reader.GetAttribute("url")) is { } address)
        {
            return (address, type);
        }

        return linked && !reader.IsEmptyElement && reader.Read() && reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA ? (reader.Value, null) : null;
    }

    static string Plain(XmlReader reader)
    {
        const int limit = 200;
        string text = "";
        using XmlReader inner = reader.ReadSubtree();
        while (inner.Read())
        {
            if (inner.NodeType is XmlNodeType.Text or XmlNodeType.CDATA && text.Length < limit)
            {
                text += inner.Value[..Math.Min(inner.Value.Length, limit)];
            }
        }

        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
