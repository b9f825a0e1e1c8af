using System.Text;

namespace Shoestring.Survey;

/// <summary>Makes names that a server chose into names that every file system takes and that stay in their folder.</summary>
static class FileNames
{
    // What ext4, APFS and NTFS take; NTFS counts UTF-16 units, of which there are never more.
    const int LimitBytes = 255;

    static readonly HashSet<string> reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "con", "prn", "aux", "nul", "conin$", "conout$", "clock$",
        "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "com¹", "com²", "com³",
        "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt¹", "lpt²", "lpt³",
    };

    /// <summary>The name under which a file of a type is kept.</summary>
    /// <param name="wanted">The server's name, decoded once.</param>
    /// <param name="type">The type, whose extension the name will have.</param>
    /// <param name="suffix">What tells it from another of the same name; before the extension.</param>
    public static string Clean(string wanted, FileType type, string suffix = "")
    {
        string name = Trimmed(Plain(wanted[(wanted.LastIndexOfAny(['/', '\\']) + 1)..]));
        string extension = "." + type.Name;
        bool has = name.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
        string stem = Trimmed(has ? name[..^extension.Length] : name);
        extension = has ? name[^extension.Length..] : extension;
        if (stem.Length == 0)
        {
            stem = "file";
        }

        if (IsReserved(stem.Split('.')[0].TrimEnd(' ')))
        {
            stem = "_" + stem;
        }

        return Cut(stem, LimitBytes - Encoding.UTF8.GetByteCount(suffix) - extension.Length) + suffix + extension;
    }

    /// <summary>A part of a name: what stays of a text without separators, controls and dots at its ends.</summary>
    public static string Part(string text, int limit) => Cut(Trimmed(Plain(text)), limit);

    /// <summary>Whether a name means a device on Windows.</summary>
    public static bool IsReserved(string stem) => reserved.Contains(stem);

    /// <summary>What is the same for two names that some file system takes for one.</summary>
    public static string Folded(string path) => path.ToUpperInvariant();

    // Dots at the start hide a file, dots and blanks at the end are lost on Windows.
    static string Trimmed(string name)
    {
        int from = 0, to = name.Length;
        while (from < to && IsLoose(name[from]))
        {
            from++;
        }

        while (to > from && IsLoose(name[to - 1]))
        {
            to--;
        }

        return name[from..to];
    }

    static bool IsLoose(char letter) => letter == '.' || char.IsWhiteSpace(letter);

    static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (Rune rune in Composition.Compose(text).EnumerateRunes())
        {
            if (Rune.IsControl(rune) || IsInvisible(rune.Value))
            {
                continue;
            }

            _ = rune.Value is '<' or '>' or ':' or '"' or '|' or '?' or '*' or '/' or '\\' or 0xFFFD ? plain.Append('_') : plain.Append(rune);
        }

        return plain.ToString();
    }

    // Marks that turn the direction of text, joiners, and byte order marks: a name must be what it looks like.
    static bool IsInvisible(int value) => value is (>= 0x200B and <= 0x200F) or (>= 0x2028 and <= 0x202E) or (>= 0x2060 and <= 0x206F) or 0xFEFF or 0xAD;

    static string Cut(string text, int limit)
    {
        int bytes = 0, length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > limit)
            {
                return Trimmed(text[..length]);
            }

            length += rune.Utf16SequenceLength;
        }

        return text;
    }
}
