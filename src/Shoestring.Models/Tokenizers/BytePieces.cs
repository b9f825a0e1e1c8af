namespace Shoestring.Models;

/// <summary>The 256 pieces &lt;0x00&gt; … &lt;0xFF&gt; that spell what has no piece of its own.</summary>
sealed class BytePieces
{
    static readonly byte[][] Values = Enumerable.Range(0, 256).Select(value => new[] { (byte)value }).ToArray();

    readonly int[] ids = new int[256];
    readonly int? unknown;

    /// <summary>Finds them; a byte without one is spelled by the character of that code, else by the unknown piece.</summary>
    public BytePieces(Vocabulary vocabulary, PieceIndex index)
    {
        unknown = vocabulary.Unknown;
        Span<byte> name = stackalloc byte[6];
        for (int value = 0; value < 256; value++)
        {
            "<0x00>"u8.CopyTo(name);
            name[3] = Digit(value >> 4);
            name[4] = Digit(value & 15);
            ids[value] = index.Find(name);
            if (ids[value] < 0)
                ids[value] = index.Find(Values[value]);
        }
    }

    /// <summary>Refuses a vocabulary that could not spell every text.</summary>
    public void RequireComplete(Vocabulary vocabulary)
    {
        int missing = Array.FindIndex(ids, id => id < 0);
        if (missing >= 0 && unknown is null)
            throw VocabularyCheck.Wrong(vocabulary, $"there is neither a piece <0x{missing:X2}> nor an unknown piece");
    }

    /// <summary>Appends the ids that spell <paramref name="text"/>.</summary>
    public void Spell(ReadOnlySpan<byte> text, List<int> output)
    {
        foreach (byte value in text)
        {
            int id = ids[value] >= 0 ? ids[value] : unknown ?? -1;
            if (id >= 0)
                output.Add(id);
        }
    }

    /// <summary>The byte that a piece of that form stands for; nothing if it is malformed.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> piece)
    {
        if (piece.Length != 6 || !piece.StartsWith("<0x"u8) || piece[5] != '>')
            return [];
        int high = Value(piece[3]), low = Value(piece[4]);
        return high < 0 || low < 0 ? [] : Values[(high << 4) | low];
    }

    static byte Digit(int value) => (byte)(value < 10 ? '0' + value : 'A' + value - 10);

    static int Value(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        _ => -1,
    };
}
