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
            var part = new List<int>();
            foreach (int end in cuts)
            {
                part.Clear();
                step.Split(text[start..end], part);
                foreach (int cut in part)
                    finer.Add(start + cut);
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
/// <param name="cutBefore">Whether a run of whole threes is cut from what is before it.</param>
sealed class DigitGroups(bool asciiOnly, bool cutBefore) : PreTokenizer
{
    /// <summary>Digits of any script (Arcee's AFMoE).</summary>
    public static DigitGroups Any { get; } = new(asciiOnly: false, cutBefore: false);

    /// <summary><c>(?=(\d{3})+(?!\d))</c> (SuperBPE).</summary>
    public static DigitGroups Ascii { get; } = new(asciiOnly: true, cutBefore: true);

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
            else
            {
                if (cutBefore && digitEnds.Count % 3 == 0)
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
}
