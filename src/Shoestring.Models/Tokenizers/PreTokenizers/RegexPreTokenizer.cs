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
            throw new ModelFileException($"the pre-tokenizer's expression cannot be read: {Names.OneLine(error.Message)}", source, "take another tokenizer", error);
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

    // The stand-ins lie outside the ranges that the expressions name. White space beyond ASCII looks like a vertical tab to
    // llama.cpp, so that it is not taken for a neighbour in such a range.
    static char StandIn(int point) => point < 0x80 ? (char)point
        : CharacterClasses.Of(point) == CharacterClass.Space ? '\v'
        : point < 0x10000 ? (char)point
        : StandInBeyond(point);

    static char StandInBeyond(int point) => CharUnicodeInfo.GetUnicodeCategory(point) switch
    {
        UnicodeCategory.UppercaseLetter => Cased(point) ? '\uA640' : '\uA790',
        UnicodeCategory.LowercaseLetter => Cased(point) ? '\uA641' : '\uA791',
        UnicodeCategory.OtherLetter => point >= 0x20000 ? Han : '\uA500',
        UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter => '\u02EE',
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => '\u07C0',
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => '\u0300',
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
            or UnicodeCategory.OtherPunctuation => '\uA60D',
        UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol => '\uA490',
        _ => '\uE000',
    };

    /// <summary>What Han characters beyond U+FFFF look like; the expressions for "Han" include it, those for "CJK block" do not.</summary>
    public const char Han = '\u9FFF';

    /// <summary>Letters of scripts with case, which DeepSeek's expression lists one by one; the mathematical alphabets are not.</summary>
    static bool Cased(int point) => point is < 0x1D400 or >= 0x1E900;
}
