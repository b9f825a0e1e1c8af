using System.Globalization;
using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Entries of a bibliography in BibTeX: braces, quotes, concatenation, @string and the usual accents.</summary>
public static class BibTexSource
{
    static readonly string[] passedOver = ["comment", "preamble"];

    /// <summary>Reads a bibliography.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="source">What it is called.</param>
    /// <exception cref="InputException">It ends within an entry, or an entry has no title.</exception>
    public static IReadOnlyList<SourceEntry> Read(string text, string source)
    {
        var entries = new List<SourceEntry>();
        var strings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var scanner = new BibTexScanner(text, source);
        while (scanner.NextEntry() is { } type)
        {
            if (passedOver.Contains(type, StringComparer.OrdinalIgnoreCase))
            {
                scanner.SkipBody();
                continue;
            }

            int line = scanner.Line;
            if (string.Equals(type, "string", StringComparison.OrdinalIgnoreCase))
            {
                foreach ((string name, string value) in scanner.Fields(strings, hasKey: false).Fields)
                {
                    strings[name] = value;
                }

                continue;
            }

            (string key, Dictionary<string, string> fields) = scanner.Fields(strings, hasKey: true);
            entries.Add(Entry(source, key, fields, line));
        }

        return entries;
    }

    static SourceEntry Entry(string source, string key, Dictionary<string, string> fields, int line)
    {
        string title = Text("title") ?? throw new InputException($"the entry '{key}' has no title", $"{source}:{line}", "give it one");
        string? archive = Text("archiveprefix");
        string? url = Text("url");
        return new SourceEntry(source, key.Length > 0 ? key : line.ToString(CultureInfo.InvariantCulture), title)
        {
            Authors = [.. Names(fields.GetValueOrDefault("author", "")).Where(name => name.Length > 0 && name != "others")],
            Year = (Text("year") ?? Text("date")) is { Length: >= 4 } year && int.TryParse(year.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null,
            Venue = Text("booktitle") ?? Text("journal") ?? Text("journaltitle"),
            Abstract = Text("abstract"),
            Url = url,
            Arxiv = PaperIdentity.Arxiv(string.Equals(archive, "arxiv", StringComparison.OrdinalIgnoreCase) ? Text("eprint") : null)
                ?? PaperIdentity.Arxiv(url) ?? PaperIdentity.Arxiv(Text("journal")?.Split(' ').FirstOrDefault(word => word.StartsWith("arXiv:", StringComparison.OrdinalIgnoreCase))),
            Doi = PaperIdentity.Doi(Text("doi")),
            Keywords = [.. (Text("keywords") ?? "").Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
        };

        string? Text(string name) => fields.TryGetValue(name, out string? value) && TexText.Plain(value) is { Length: > 0 } plain ? plain : null;
    }

    // The word "and" parts names, except within braces.
    static IEnumerable<string> Names(string authors)
    {
        string tidy = TitleText.Tidy(authors);
        int depth = 0;
        int start = 0;
        for (int i = 0; i < tidy.Length; i++)
        {
            depth += tidy[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0 && string.CompareOrdinal(tidy, i, " and ", 0, 5) == 0)
            {
                yield return Named(tidy[start..i]);
                start = i + 5;
            }
        }

        yield return Named(tidy[start..]);
    }

    // "Family, Given" is how BibTeX sorts; papers print the given name first. A name in braces is one word, whatever it holds.
    static string Named(string name) => name is ['{', .., '}'] || name.Split(',') is not [var family, var given] ? TexText.Plain(name) : TexText.Plain($"{given.Trim()} {family.Trim()}");
}

/// <summary>Walks through BibTeX.</summary>
sealed class BibTexScanner(string text, string source)
{
    int at;
    int counted;
    int lines = 1;

    /// <summary>The line that it stands at.</summary>
    public int Line
    {
        get
        {
            lines += text.AsSpan(counted, at - counted).Count('\n');
            counted = at;
            return lines;
        }
    }

    /// <summary>Goes to the next entry and says its type; null at the end.</summary>
    public string? NextEntry()
    {
        int start = text.IndexOf('@', at);
        if (start < 0)
        {
            return null;
        }

        at = start + 1;
        string type = Word();
        Space();
        if (at >= text.Length || text[at] is not ('{' or '('))
        {
            return NextEntry();
        }

        at++;
        return type;
    }

    /// <summary>Passes over an entry's body.</summary>
    public void SkipBody() => Balanced('}');

    /// <summary>The entry's key and fields.</summary>
    public (string Key, Dictionary<string, string> Fields) Fields(Dictionary<string, string> strings, bool hasKey)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        string key = "";
        if (hasKey)
        {
            int comma = text.IndexOfAny([',', '}'], at);
            key = text[at..(comma < 0 ? throw Unended() : comma)].Trim();
            at = text[comma] == ',' ? comma + 1 : comma;
        }

        while (true)
        {
            Space(",");
            if (at >= text.Length)
            {
                throw Unended();
            }

            if (text[at] is '}' or ')')
            {
                at++;
                return (key, fields);
            }

            string name = Word();
            Space();
            if (name.Length == 0 || at >= text.Length || text[at] != '=')
            {
                throw new InputException("a field has no name or no =", $"{source}:{Line}", "write name = {value}");
            }

            at++;
            fields[name] = Value(strings);
        }
    }

    string Value(Dictionary<string, string> strings)
    {
        var value = new StringBuilder();
        do
        {
            Space("#");
            if (at >= text.Length)
            {
                throw Unended();
            }

            char open = text[at];
            if (open is '{' or '"')
            {
                at++;
                value.Append(Balanced(open == '{' ? '}' : '"'));
            }
            else
            {
                string word = Word();
                if (word.Length == 0)
                {
                    throw new InputException($"a value begins with '{open}'", $"{source}:{Line}", "put it into braces");
                }

                value.Append(strings.GetValueOrDefault(word, word));
            }

            Space();
        }
        while (at < text.Length && text[at] == '#');

        return value.ToString();
    }

    string Balanced(char end)
    {
        int start = at;
        int depth = 0;
        for (; at < text.Length; at++)
        {
            char letter = text[at];
            if (letter == '\\')
            {
                at++;
            }
            else if (depth == 0 && letter == end)
            {
                return text[start..at++];
            }
            else if (letter is '{' or '}')
            {
                depth += letter == '{' ? 1 : -1;
            }
        }

        at = Math.Min(at, text.Length);
        throw Unended();
    }

    string Word()
    {
        Space();
        int start = at;
        while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '-' or '_' or ':' or '.' or '+'))
        {
            at++;
        }

        return text[start..at];
    }

    void Space(string also = "")
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || also.Contains(text[at])))
        {
            at++;
        }
    }

    InputException Unended() => new("it ends within an entry", $"{source}:{Line}", "close the entry with }");
}
