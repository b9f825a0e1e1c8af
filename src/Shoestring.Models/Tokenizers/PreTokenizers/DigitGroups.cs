namespace Shoestring.Models;

/// <summary>Several pre-tokenizers, each cutting what the one before has left.</summary>
sealed class ChainPreTokenizer(params PreTokenizer[] steps) : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, List<int> ends)
    {
        List<int> cuts = [text.Length];
        foreach (PreTokenizer step in steps)
        {
            var finer = new List<int>();
            int start = 0;
            foreach (int end in cuts)
            {
                int first = finer.Count;
                step.Split(text[start..end], finer);
                for (int i = first; i < finer.Count; i++)
                    finer[i] += start;
                start = end;
            }
            cuts = finer;
        }
        ends.AddRange(cuts);
    }
}

/// <summary>
/// Cuts runs of digits into threes counted from their end, as numbers are written. Regular expressions for it look ahead
/// to the end of the run at each digit, which takes quadratic time.
/// </summary>
/// <param name="asciiOnly">Whether only 0…9 are digits.</param>
/// <param name="wholeWords">Whether a run must not be followed by a letter or underscore.</param>
/// <param name="before">When to cut between a run and what is before it.</param>
sealed class DigitGroups(bool asciiOnly, bool wholeWords, DigitGroups.Before before) : PreTokenizer
{
    /// <summary>Where the run itself begins a word.</summary>
    public enum Before
    {
        Never,
        WholeThrees,
        Always,
    }

    /// <summary>Digits of any script (Arcee's AFMoE).</summary>
    public static DigitGroups Any { get; } = new(asciiOnly: false, wholeWords: false, Before.Never);

    /// <summary><c>(?=(\d{3})+(?!\d))</c> (SuperBPE).</summary>
    public static DigitGroups Ascii { get; } = new(asciiOnly: true, wholeWords: false, Before.WholeThrees);

    /// <summary><c>\d{1,3}(?=(?:\d{3})*\b)</c> (Cohere's Aya).</summary>
    public static DigitGroups AsciiWords { get; } = new(asciiOnly: true, wholeWords: true, Before.Always);

    public override void Split(ReadOnlySpan<byte> text, List<int> ends)
    {
        var digitEnds = new List<int>();
        int position = 0;
        while (position < text.Length)
        {
            digitEnds.Clear();
            int start = position;
            while (IsDigit(text, position, out int length))
                digitEnds.Add(position += length);
            if (digitEnds.Count == 0)
            {
                LenientUtf8.Decode(text[position..], out int length);
                position += length;
            }
            else if (!wholeWords || !IsWordByte(text, position))
            {
                if (before == Before.Always || (before == Before.WholeThrees && digitEnds.Count % 3 == 0))
                    AddEnd(ends, start);
                AddGroups(ends, digitEnds);
            }
        }
        AddEnd(ends, text.Length);
    }

    static void AddGroups(List<int> ends, List<int> digitEnds)
    {
        for (int i = (digitEnds.Count + 2) % 3; i < digitEnds.Count; i += 3)
            AddEnd(ends, digitEnds[i]);
    }

    static void AddEnd(List<int> ends, int end)
    {
        if (end > (ends.Count == 0 ? 0 : ends[^1]))
            ends.Add(end);
    }

    bool IsDigit(ReadOnlySpan<byte> text, int position, out int length)
    {
        length = 0;
        if (position >= text.Length)
            return false;
        int point = LenientUtf8.Decode(text[position..], out length);
        return asciiOnly ? point is >= '0' and <= '9' : CharacterClasses.Of(point) == CharacterClass.Number;
    }

    static bool IsWordByte(ReadOnlySpan<byte> text, int position) =>
        position < text.Length && (char.IsAsciiLetterOrDigit((char)text[position]) || text[position] == '_');
}
