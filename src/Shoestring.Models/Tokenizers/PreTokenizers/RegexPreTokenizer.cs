using System.Globalization;
using System.Text.RegularExpressions;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Words by regular expressions, applied in turn to what the one before has cut; matches and what lies between them are
/// both words. Each code point is one character to the expressions: those beyond U+FFFF are seen as a stand-in of their
/// class, since .NET would see two halves without one.
/// </summary>
sealed class RegexPreTokenizer(params Regex[] patterns) : PreTokenizer
{
    const RegexOptions Options = RegexOptions.CultureInvariant;

    public RegexPreTokenizer(params string[] patterns)
        : this(Array.ConvertAll(patterns, pattern => new Regex(pattern, Options)))
    {
    }

    /// <summary>The same, from a file's expressions.</summary>
    /// <exception cref="ModelFileException">One is not a regular expression that .NET understands.</exception>
    public static RegexPreTokenizer FromFile(IEnumerable<string> patterns, string source)
    {
        try
        {
            return new RegexPreTokenizer([.. patterns.Select(pattern => new Regex(pattern, Options))]);
        }
        catch (ArgumentException error)
        {
            throw new ModelFileException($"the pre-tokenizer's expression cannot be read: {error.Message}", source, "take another tokenizer", error);
        }
    }

    public override void Split(ReadOnlySpan<byte> text, List<int> ends)
    {
        char[] characters = new char[text.Length];
        int[] offsets = new int[text.Length + 1];
        int count = 0;
        for (int offset = 0; offset < text.Length; count++)
        {
            characters[count] = StandIn(LenientUtf8.Decode(text[offset..], out int length));
            offset += length;
            offsets[count + 1] = offset;
        }
        List<int> cuts = [count];
        foreach (Regex pattern in patterns)
            cuts = Cut(characters.AsSpan(0, count), cuts, pattern);
        foreach (int cut in cuts)
        {
            if (cut > 0)
                ends.Add(offsets[cut]);
        }
    }

    static List<int> Cut(ReadOnlySpan<char> text, List<int> cuts, Regex pattern)
    {
        var finer = new List<int>(cuts.Count * 2);
        int start = 0;
        foreach (int end in cuts)
        {
            int last = start;
            foreach (ValueMatch match in pattern.EnumerateMatches(text[start..end]))
            {
                Add(start + match.Index);
                Add(start + match.Index + match.Length);
            }
            Add(end);
            start = end;

            void Add(int position)
            {
                if (position > last)
                    finer.Add(position);
                last = position;
            }
        }
        return finer;
    }

    static char StandIn(int point) => point < 0x10000 ? (char)point : CharUnicodeInfo.GetUnicodeCategory(point) switch
    {
        UnicodeCategory.UppercaseLetter => Cased(point) ? 'Ꙁ' : 'Ꞑ',
        UnicodeCategory.LowercaseLetter => Cased(point) ? 'ꙁ' : 'ꞑ',
        UnicodeCategory.OtherLetter => point >= 0x20000 ? Han : 'ꔀ',
        UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter => 'ˮ',
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => '߀',
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => '\u0300',
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
            or UnicodeCategory.OtherPunctuation => '‽',
        UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol => '☃',
        _ => '\uE000',
    };

    /// <summary>What Han characters beyond U+FFFF look like; the expressions for "Han" include it, those for "CJK block" do not.</summary>
    public const char Han = '\u9FFF';

    /// <summary>Letters of scripts with case, which DeepSeek's expression lists one by one; the mathematical alphabets are not.</summary>
    static bool Cased(int point) => point is < 0x1D400 or >= 0x1E900;
}
