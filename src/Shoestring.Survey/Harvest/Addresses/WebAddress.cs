using System.Text;

namespace Shoestring.Survey;

/// <summary>Why a link is not an address of the web that may be asked for.</summary>
enum LinkFault
{
    None,
    Empty,
    Scheme,
    Malformed,
    TooLong,
}

/// <summary>Addresses as pages write them, made absolute and told apart.</summary>
static class WebAddress
{
    // Servers and browsers stop at about this length; beyond it lies abuse.
    const int Limit = 8192;

    /// <summary>Makes what a page wrote absolute: white space stripped, backslashes mended, fragment and tracking dropped.</summary>
    public static Uri? Resolve(Uri page, string written, out LinkFault fault)
    {
        string text = Stripped(written);
        fault = text.Length == 0 || text[0] == '#' ? LinkFault.Empty : text.Length > Limit ? LinkFault.TooLong : LinkFault.None;
        if (fault != LinkFault.None)
        {
            return null;
        }

        if (HasScheme(text) && !text.StartsWith("http:", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            fault = LinkFault.Scheme;
            return null;
        }

        Uri? address = Attempt(page, Slashes(text));
        fault = address is null ? LinkFault.Malformed : LinkFault.None;
        return address;
    }

    /// <summary>
    /// What is the same for all spellings of an address: http and https, order of the query, escapes that need none, tracking
    /// parameters; and for the addresses of a paper, the paper.
    /// </summary>
    public static string Identity(Uri address)
    {
        if (PaperIdentity(address.AbsoluteUri) is { } paper)
        {
            return paper;
        }

        string port = address.IsDefaultPort ? "" : $":{address.Port}";
        string[] query = PaperLinks.QueryParts(address);
        Array.Sort(query, StringComparer.Ordinal);
        return $"{address.IdnHost.ToLowerInvariant()}{port}{Escapes(address.AbsolutePath)}{(query.Length > 0 ? "?" + Escapes(string.Join('&', query)) : "")}";
    }

    /// <summary>Scheme, host and port: what robots.txt and politeness are for.</summary>
    public static string Site(Uri address) => address.GetLeftPart(UriPartial.Authority).ToLowerInvariant();

    /// <summary>The last segment of the path, decoded once.</summary>
    public static string LastSegment(Uri address)
    {
        string path = address.AbsolutePath;
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    /// <summary>The extension of the last segment in lower case without its dot; empty where there is none.</summary>
    public static string Extension(Uri address) => Path.GetExtension(LastSegment(address).TrimEnd('.', ' ')).TrimStart('.').ToLowerInvariant();

    static string? PaperIdentity(string url) =>
        PaperLinks.Arxiv(url) is { } arxiv ? "arxiv:" + arxiv
        : PaperLinks.OpenReview(url) is { } review ? "openreview:" + review
        : PaperLinks.Acl(url) is { } acl ? "acl:" + acl : null;

    static Uri? Attempt(Uri page, string text)
    {
        try
        {
            bool made = Uri.TryCreate(page, text, out Uri? address) && address.Scheme is "http" or "https" && address.Host.Length > 0;
            return made ? PaperLinks.WithoutTracking(address!) : null;
        }
        catch (UriFormatException)
        {
            // A host that is no name shows only when it is spelled for the wire.
            return null;
        }
    }

    // Browsers drop tabs and line ends anywhere, and spaces and controls at both ends.
    static string Stripped(string written) =>
        (written.AsSpan().IndexOfAny('\t', '\n', '\r') < 0 ? written : string.Concat(written.Where(letter => letter is not ('\t' or '\n' or '\r'))))
        .Trim([.. Enumerable.Range(0, 33).Select(code => (char)code)]);

    // As browsers do, but not in the query, where a backslash is data.
    static string Slashes(string text)
    {
        int end = text.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? text.Replace('\\', '/') : text[..end].Replace('\\', '/') + text[end..];
    }

    static bool HasScheme(string text)
    {
        int colon = text.IndexOf(':');
        return colon > 0 && char.IsAsciiLetter(text[0]) && text.AsSpan(0, colon).IndexOfAnyExcept(schemeLetters) < 0;
    }

    static readonly System.Buffers.SearchValues<char> schemeLetters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    // Hexadecimal in upper case; letters, digits and -._~ plain (RFC 3986, section 6.2.2).
    static string Escapes(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                char plain = (char)Convert.ToInt32(text.Substring(i + 1, 2), 16);
                bool unreserved = char.IsAsciiLetterOrDigit(plain) || plain is '-' or '.' or '_' or '~';
                _ = unreserved ? result.Append(plain) : result.Append('%').Append(text.AsSpan(i + 1, 2).ToString().ToUpperInvariant());
                i += 2;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }
}
