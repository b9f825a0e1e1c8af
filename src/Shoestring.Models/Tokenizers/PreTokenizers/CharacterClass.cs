using System.Globalization;

namespace Shoestring.Models;

/// <summary>What the word patterns distinguish.</summary>
enum CharacterClass : byte
{
    /// <summary>Past the end of the text.</summary>
    End,
    Letter,
    Number,
    Space,
    Mark,
    Other,
}

/// <summary>Classes of code points by Unicode's general category: \p{L}, \p{N}, \s and \p{M} of the patterns.</summary>
static class CharacterClasses
{
    static readonly CharacterClass[] Ascii = [.. Enumerable.Range(0, 128).Select(Slow)];

    public static CharacterClass Of(int point) => point < 128 ? Ascii[point] : Slow(point);

    static CharacterClass Slow(int point) => CharUnicodeInfo.GetUnicodeCategory(point) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => CharacterClass.Space,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterClass.Mark,
        _ => point is (>= 9 and <= 13) or 0x85 ? CharacterClass.Space : CharacterClass.Other,
    };
}
