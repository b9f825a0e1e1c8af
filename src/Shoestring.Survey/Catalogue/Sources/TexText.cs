using System.Text;

namespace Shoestring.Survey;

/// <summary>Text between plain Unicode and the TeX of bibliographies.</summary>
static class TexText
{
    static readonly Dictionary<string, string> commands = new(StringComparer.Ordinal)
    {
        ["ss"] = "ß",
        ["ae"] = "æ",
        ["AE"] = "Æ",
        ["oe"] = "œ",
        ["OE"] = "Œ",
        ["o"] = "ø",
        ["O"] = "Ø",
        ["l"] = "ł",
        ["L"] = "Ł",
        ["aa"] = "å",
        ["AA"] = "Å",
        ["i"] = "i",
        ["j"] = "j",
        ["textendash"] = "–",
        ["textemdash"] = "—",
        ["times"] = "×",
        ["alpha"] = "α",
        ["beta"] = "β",
        ["mu"] = "μ",
        ["textbackslash"] = "\\",
        ["textasciitilde"] = "~",
        ["textasciicircum"] = "^",
        ["textbraceleft"] = "{",
        ["textbraceright"] = "}",
    };

    // Letter and accent to one character: what names in bibliographies hold.
    static readonly Dictionary<string, string> accented = Table(
        "`AÀEÈIÌOÒUÙaàeèiìoòuù", "'AÁCĆEÉIÍNŃOÓSŚUÚYÝZŹaácćeéiínńoósśuúyýzź", "^AÂEÊIÎOÔUÛaâeêiîoôuû", "\"AÄEËIÏOÖUÜaäeëiïoöuüyÿ",
        "~AÃNÑOÕaãnñoõ", "cCÇSŞTŢcçsştţ", "vCČDĎEĚNŇRŘSŠTŤZŽcčdďeěnňrřsštťzž", "uAĂGĞaăgğ", "=AĀEĒIĪOŌUŪaāeēiīoōuū", ".EĖIİZŻeėzż", "HOŐUŰoőuű", "rAÅUŮaåuů", "kAĄEĘaąeę");

    /// <summary>What TeX would print, without its markup.</summary>
    public static string Plain(string tex)
    {
        var plain = new StringBuilder();
        for (int i = 0; i < tex.Length; i++)
        {
            switch (tex[i])
            {
                case '\\' when i + 1 < tex.Length:
                    i = Command(tex, i + 1, plain);
                    break;
                case '{' or '}' or '$':
                    break;
                case '~':
                    plain.Append(' ');
                    break;
                case '-' when i + 1 < tex.Length && tex[i + 1] == '-':
                    i += i + 2 < tex.Length && tex[i + 2] == '-' ? 2 : 1;
                    plain.Append('–');
                    break;
                default:
                    plain.Append(tex[i]);
                    break;
            }
        }

        return TitleText.Tidy(plain.ToString());
    }

    /// <summary>Text in which TeX sees nothing but the text: braces and specials escaped, capitals kept.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        char before = ' ';
        foreach (char letter in text)
        {
            escaped.Append(letter switch
            {
                // Two hyphens in a row are a dash to TeX.
                '-' when before == '-' => "{}-",
                '\\' => "{\\textbackslash}",
                '~' => "{\\textasciitilde}",
                '^' => "{\\textasciicircum}",
                // BibTeX counts braces, escaped or not.
                '{' => "{\\textbraceleft}",
                '}' => "{\\textbraceright}",
                '#' or '$' or '%' or '&' or '_' => $"\\{letter}",
                _ => char.IsControl(letter) ? " " : letter.ToString(),
            });
            before = letter;
        }

        return escaped.ToString();
    }

    static int Command(string tex, int at, StringBuilder plain)
    {
        if (!char.IsAsciiLetter(tex[at]))
        {
            return tex[at] is '`' or '\'' or '^' or '"' or '~' or '=' or '.' && Accent(tex, at, plain) is { } end ? end : Symbol(tex, at, plain);
        }

        int stop = at;
        while (stop < tex.Length && char.IsAsciiLetter(tex[stop]))
        {
            stop++;
        }

        string name = tex[at..stop];
        if (name.Length == 1 && Accent(tex, at, plain) is { } after)
        {
            return after;
        }

        // Of \emph{x} and the like only x is printed.
        plain.Append(commands.GetValueOrDefault(name, ""));
        return stop < tex.Length && tex[stop] == ' ' ? stop : stop - 1;
    }

    static int Symbol(string tex, int at, StringBuilder plain)
    {
        plain.Append(tex[at]);
        return at;
    }

    static int? Accent(string tex, int at, StringBuilder plain)
    {
        int letter = at + 1;
        while (letter < tex.Length && tex[letter] is '{' or ' ' or '\\')
        {
            letter++;
        }

        if (letter < tex.Length && accented.TryGetValue($"{tex[at]}{tex[letter]}", out string? one))
        {
            plain.Append(one);
            return letter;
        }

        return null;
    }

    static Dictionary<string, string> Table(params string[] rows) => rows
        .SelectMany(row => Enumerable.Range(0, (row.Length - 1) / 2).Select(i => (Key: $"{row[0]}{row[1 + (2 * i)]}", Value: row[2 + (2 * i)].ToString())))
        .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
}
