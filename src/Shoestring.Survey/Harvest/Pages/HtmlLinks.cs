using System.Text;
using AngleSharp.Html;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using AngleSharp.Text;

namespace Shoestring.Survey;

/// <summary>
/// Finds the links of a page. The page goes through the tokenizer that HTML defines, so comments, scripts, quotes, case and
/// entities are what a browser takes them for; no tree is built, so that a page of a million links costs no more than its text.
/// </summary>
sealed class HtmlLinks
{
    const int TextLimit = 200;

    readonly HtmlTokenizer tokenizer;
    readonly int limit;
    readonly List<PageLink> links = [];
    readonly StringBuilder text = new();
    HtmlTagToken? anchor;
    string? image, baseAddress;
    bool truncated;

    HtmlLinks(string html, int limit)
    {
        tokenizer = new HtmlTokenizer(new TextSource(html), HtmlEntityProvider.Resolver);
        this.limit = limit;
    }

    /// <summary>The links of a page.</summary>
    /// <param name="html">The page's text.</param>
    /// <param name="limit">The most links that are taken.</param>
    public static PageLinks Of(string html, int limit)
    {
        var reader = new HtmlLinks(html, limit);
        reader.Read();
        return new PageLinks(reader.links, reader.baseAddress, reader.truncated);
    }

    void Read()
    {
        while (!truncated)
        {
            HtmlToken token = tokenizer.Get();
            switch (token.Type)
            {
                case HtmlTokenType.EndOfFile:
                    CloseAnchor();
                    return;
                case HtmlTokenType.StartTag:
                    Start(token.AsTag());
                    break;
                case HtmlTokenType.EndTag when token.Name == "a":
                    CloseAnchor();
                    break;
                case HtmlTokenType.Character when anchor is not null && text.Length < TextLimit:
                    text.Append(token.Data.AsSpan(0, Math.Min(token.Data.Length, 4 * TextLimit)));
                    break;
            }
        }
    }

    void Start(HtmlTagToken tag)
    {
        // What follows these is no markup; the tokenizer leaves it to its caller to know.
        tokenizer.State = tag.Name switch
        {
            "script" => HtmlParseMode.Script,
            "style" or "xmp" or "noembed" or "noframes" => HtmlParseMode.Rawtext,
            "textarea" or "title" => HtmlParseMode.RCData,
            "plaintext" => HtmlParseMode.Plaintext,
            _ => HtmlParseMode.PCData,
        };
        switch (tag.Name)
        {
            case "a":
                CloseAnchor();
                anchor = tag;
                break;
            case "img" when anchor is not null:
                image ??= Value(tag, "alt");
                break;
            case "area":
                Add(Value(tag, "href"), Value(tag, "alt") ?? Value(tag, "title"), Value(tag, "type"), Role(tag, LinkRole.Content));
                break;
            case "link":
                AddLink(tag);
                break;
            case "iframe" or "frame" or "embed":
                Add(Value(tag, "src"), Value(tag, "title"), Value(tag, "type"), LinkRole.Content);
                break;
            case "object":
                Add(Value(tag, "data"), Value(tag, "title"), Value(tag, "type"), LinkRole.Content);
                break;
            case "base":
                baseAddress ??= Value(tag, "href");
                break;
            case "meta" when Value(tag, "http-equiv")?.Equals("refresh", StringComparison.OrdinalIgnoreCase) == true:
                Add(Refresh(Value(tag, "content") ?? ""), null, null, LinkRole.Refresh);
                break;
        }
    }

    void CloseAnchor()
    {
        if (anchor is { } tag)
        {
            string words = Collapsed(text.ToString());
            Add(Value(tag, "href"), words.Length > 0 ? words : image ?? Value(tag, "title") ?? Value(tag, "aria-label"), Value(tag, "type"), Role(tag, LinkRole.Content));
        }

        anchor = null;
        image = null;
        text.Clear();
    }

    void AddLink(HtmlTagToken tag)
    {
        string? type = Value(tag, "type");
        bool feed = Words(tag, "rel").Contains("alternate") && (type ?? "").Split(';')[0].Trim().ToLowerInvariant() is "application/rss+xml" or "application/atom+xml";
        Add(Value(tag, "href"), Value(tag, "title"), type, feed ? LinkRole.Feed : Role(tag, LinkRole.Resource));
    }

    void Add(string? address, string? words, string? type, LinkRole role)
    {
        if (address is null)
        {
            return;
        }

        truncated = links.Count >= limit;
        if (!truncated)
        {
            links.Add(new PageLink(address, Collapsed(words ?? ""), type?.Split(';')[0].Trim().ToLowerInvariant(), role));
        }
    }

    static LinkRole Role(HtmlTagToken tag, LinkRole usual) => Words(tag, "rel").Contains("next") ? LinkRole.Next : usual;

    static string[] Words(HtmlTagToken tag, string name) =>
        (Value(tag, name) ?? "").ToLowerInvariant().Split([' ', '\t', '\n', '\r', '\f'], StringSplitOptions.RemoveEmptyEntries);

    static string? Value(HtmlTagToken tag, string name)
    {
        foreach (HtmlAttributeToken attribute in tag.Attributes)
        {
            if (attribute.Name == name)
            {
                return attribute.Value;
            }
        }

        return null;
    }

    // "5; url='next.html'": the number, then the address, quoted or not (HTML, shared declarative refresh steps).
    static string? Refresh(string content)
    {
        int from = content.IndexOfAny([';', ',']);
        if (from < 0)
        {
            return null;
        }

        string rest = content[(from + 1)..].Trim();
        if (rest.StartsWith("url", StringComparison.OrdinalIgnoreCase) && rest[3..].TrimStart() is ['=', ..] assignment)
        {
            rest = assignment[1..].Trim();
        }

        if (rest is ['"' or '\'', ..])
        {
            int end = rest.IndexOf(rest[0], 1);
            rest = end < 0 ? rest[1..] : rest[1..end];
        }

        return rest.Length > 0 ? rest : null;
    }

    static string Collapsed(string words)
    {
        string joined = string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (joined.Length <= TextLimit)
        {
            return joined;
        }

        int end = char.IsHighSurrogate(joined[TextLimit - 1]) ? TextLimit - 1 : TextLimit;
        return joined[..end] + "…";
    }
}
