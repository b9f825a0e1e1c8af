using System.Text;

namespace Shoestring.Survey;

/// <summary>The file name of a Content-Disposition header (RFC 6266), read as browsers read it: broken ones too.</summary>
static class DispositionName
{
    /// <summary>The name, or null. It is the server's word and may hold anything.</summary>
    public static string? Of(string header)
    {
        string? plain = null;
        foreach ((string name, string value) in Parameters(HarvestClient.Utf8OfHeader(header)))
        {
            if (name == "filename*" && Extended(value) is { Length: > 0 } extended)
            {
                return extended;
            }

            plain = name == "filename" && plain is null && value.Length > 0 ? Unescaped(value) : plain;
        }

        return plain;
    }

    static IEnumerable<(string Name, string Value)> Parameters(string header)
    {
        int at = header.IndexOf(';');
        while (at >= 0 && at < header.Length)
        {
            int equals = header.IndexOf('=', at);
            if (equals < 0)
            {
                yield break;
            }

            string name = header[(at + 1)..equals].Trim(' ', ';', '\t').ToLowerInvariant();
            (string value, at) = Value(header, equals + 1);
            yield return (name, value);
        }
    }

    static (string Value, int End) Value(string header, int from)
    {
        while (from < header.Length && header[from] == ' ')
        {
            from++;
        }

        if (from >= header.Length || header[from] != '"')
        {
            int end = header.IndexOf(';', from);
            return end < 0 ? (header[from..].Trim(), header.Length) : (header[from..end].Trim(), end);
        }

        var value = new StringBuilder();
        int i = from + 1;
        for (; i < header.Length && header[i] != '"'; i++)
        {
            // A backslash escapes a quote or itself; elsewhere it is a folder's, and the name after it is the file's.
            i += header[i] == '\\' && i + 1 < header.Length && header[i + 1] is '"' or '\\' ? 1 : 0;
            value.Append(header[i]);
        }

        int next = i < header.Length ? header.IndexOf(';', i) : -1;
        return (value.ToString(), next < 0 ? header.Length : next);
    }

    // charset'language'percent-encoded (RFC 8187); only UTF-8 must be known.
    static string? Extended(string value)
    {
        string[] parts = value.Split('\'', 3);
        return parts.Length < 3 ? null
            : parts[0].Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? Uri.UnescapeDataString(parts[2])
            : parts[0].Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) ? Latin(parts[2]) : null;
    }

    static string Latin(string text)
    {
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out byte code))
            {
                result.Append((char)code);
                i += 2;
            }
            else
            {
                result.Append(text[i]);
            }
        }

        return result.ToString();
    }

    // Many servers percent-encode the plain name too, and browsers decode it.
    static string Unescaped(string value) => value.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(value) : value;
}
