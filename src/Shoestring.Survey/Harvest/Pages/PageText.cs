using System.Text;

namespace Shoestring.Survey;

/// <summary>Turns a page's bytes into text: by its byte order mark, else the header's charset, else the page's own word, else by looking.</summary>
static class PageText
{
    // HTML looks for a page's own word on its charset in as many bytes.
    const int PrescanBytes = 1024;

    /// <summary>The text.</summary>
    /// <param name="bytes">The page, decompressed.</param>
    /// <param name="charset">The charset of the header Content-Type, or null.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string? charset)
    {
        (Encoding? marked, int length) = Marked(bytes);
        Encoding encoding = marked ?? Named(charset) ?? Named(Declared(bytes)) ?? Guessed(bytes);
        return encoding.GetString(bytes[length..]);
    }

    static (Encoding? Encoding, int Length) Marked(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
        [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
        [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
        _ => (null, 0),
    };

    static Encoding? Named(string? charset)
    {
        string name = charset?.Trim().ToLowerInvariant() ?? "";
        try
        {
            // The web means Windows-1252 when it says one of these (WHATWG Encoding, section 4.2).
            return name is "" ? null
                : name is "iso-8859-1" or "latin1" or "us-ascii" or "ascii" ? Western
                : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            // A name that nobody knows says nothing, and UTF-7 is a way to hide markup.
            return null;
        }
    }

    // An XML declaration, <meta charset> or <meta http-equiv content>: whatever names a charset first.
    static string? Declared(ReadOnlySpan<byte> bytes)
    {
        string head = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, PrescanBytes)]);
        if (head.StartsWith("<?xml", StringComparison.Ordinal))
        {
            return After(head[..Math.Max(0, head.IndexOf("?>", StringComparison.Ordinal))], "encoding");
        }

        for (int at = 0; (at = head.IndexOf("<meta", at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            int end = head.IndexOf('>', at);
            if (After(end < 0 ? head[at..] : head[at..end], "charset") is { } name)
            {
                // A page that can be read so far is in no encoding of two bytes.
                return name.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase) ? "utf-8" : name;
            }
        }

        return null;
    }

    static string? After(string text, string name)
    {
        int at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        if (at < 0 || text[(at + name.Length)..].TrimStart() is not ['=', .. var rest])
        {
            return null;
        }

        string value = rest.TrimStart().TrimStart('"', '\'');
        int end = value.AsSpan().IndexOfAny(" \t\r\n\"';/>");
        return end < 0 ? value : value[..end];
    }

    static Encoding Guessed(ReadOnlySpan<byte> bytes) => System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8 : Western;

    static Encoding Western { get; } = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
}
