namespace Shoestring.Models;

/// <summary>Text in which U+2581 stands for the space, as SentencePiece stores it.</summary>
sealed class SpacedPieces(PieceList pieces)
{
    readonly byte[]?[] unescaped = new byte[pieces.Count][];

    static ReadOnlySpan<byte> Mark => "▁"u8;

    /// <summary><paramref name="text"/> with its spaces marked, and one more before it where asked.</summary>
    public static byte[] Escape(ReadOnlySpan<byte> text, bool spaceBefore)
    {
        int spaces = text.Count((byte)' ') + (spaceBefore ? 1 : 0);
        byte[] escaped = new byte[checked(text.Length + (spaces * Mark.Length) - spaces + (spaceBefore ? 1 : 0))];
        int used = 0;
        if (spaceBefore)
            Append(Mark, escaped, ref used);
        while (!text.IsEmpty)
        {
            int plain = text.IndexOf((byte)' ');
            Append(plain < 0 ? text : text[..plain], escaped, ref used);
            if (plain < 0)
                break;
            Append(Mark, escaped, ref used);
            text = text[(plain + 1)..];
        }
        return escaped;
    }

    /// <summary>The bytes that piece <paramref name="id"/> prints as.</summary>
    public ReadOnlySpan<byte> Unescape(int id) => unescaped[id] ??= Unescape(pieces[id]);

    static byte[] Unescape(ReadOnlySpan<byte> piece)
    {
        byte[] text = new byte[piece.Length];
        int used = 0;
        for (int i = 0; i < piece.Length;)
        {
            bool mark = piece[i..].StartsWith(Mark);
            text[used++] = mark ? (byte)' ' : piece[i];
            i += mark ? Mark.Length : 1;
        }
        return text[..used];
    }

    static void Append(ReadOnlySpan<byte> bytes, byte[] destination, ref int used)
    {
        bytes.CopyTo(destination.AsSpan(used));
        used += bytes.Length;
    }
}
