namespace Shoestring.Models;

/// <summary>Walks UTF-8 text by code points and their classes.</summary>
ref struct WordScanner(ReadOnlySpan<byte> text, bool marksAreLetters)
{
    readonly ReadOnlySpan<byte> text = text;

    /// <summary>The code point at <paramref name="position"/> and its class; <see cref="CharacterClass.End"/> past the end.</summary>
    public readonly CharacterClass Look(int position, out int point, out int length)
    {
        if (position >= text.Length)
        {
            (point, length) = (-1, 0);
            return CharacterClass.End;
        }
        point = LenientUtf8.Decode(text[position..], out length);
        CharacterClass found = CharacterClasses.Of(point);
        return found != CharacterClass.Mark ? found : marksAreLetters ? CharacterClass.Letter : CharacterClass.Other;
    }

    /// <summary>The class at <paramref name="position"/>.</summary>
    public readonly CharacterClass Look(int position) => Look(position, out _, out _);

    /// <summary>The position after the run of <paramref name="wanted"/> that begins at <paramref name="position"/>.</summary>
    public readonly int SkipRun(int position, CharacterClass wanted, int most = int.MaxValue)
    {
        while (most-- > 0 && Look(position, out _, out int length) == wanted)
            position += length;
        return position;
    }

    /// <summary>The position after the carriage returns and line feeds at <paramref name="position"/>.</summary>
    public readonly int SkipLineEnds(int position)
    {
        while (position < text.Length && IsLineEnd(text[position]))
            position++;
        return position;
    }

    /// <summary>Length of the English contraction at <paramref name="position"/> ('s, 't, 'm, 'd, 're, 've, 'll), or 0.</summary>
    public readonly int Contraction(int position, bool anyCase)
    {
        ReadOnlySpan<byte> rest = text[position..];
        if (rest.Length < 2 || rest[0] != '\'')
            return 0;
        int fold = anyCase ? 0x20 : 0;
        int first = Fold(rest[1], fold);
        if (first is 's' or 't' or 'm' or 'd')
            return 2;
        if (rest.Length < 3)
            return 0;
        int second = Fold(rest[2], fold);
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    /// <summary>
    /// The end of the white space at <paramref name="position"/> as the patterns cut it: through its last line end if
    /// <paramref name="lineEnds"/> is set and there is one, else all of it at the end of the text, else all but the last.
    /// </summary>
    public readonly int EndOfSpace(int position, bool lineEnds)
    {
        int end = position, last = position, afterLineEnd = -1;
        while (Look(end, out int point, out int length) == CharacterClass.Space)
        {
            last = end;
            end += length;
            if (point is '\r' or '\n')
                afterLineEnd = end;
        }
        if (lineEnds && afterLineEnd >= 0)
            return afterLineEnd;
        return end < text.Length && last > position ? last : end;
    }

    public static bool IsLineEnd(int point) => point is '\r' or '\n';

    static int Fold(byte value, int fold) => value is >= (byte)'A' and <= (byte)'Z' ? value | fold : value;
}
