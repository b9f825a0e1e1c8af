namespace Shoestring.Models;

/// <summary>
/// The printable characters that GPT-2's vocabulary files write for bytes (Radford et al. 2019, encoder.py): a byte that
/// is a printable Latin-1 character stands for itself, the other 68 are U+0100, U+0101, … in order.
/// </summary>
static class ByteAlphabet
{
    static readonly ushort[] Characters = MakeCharacters();
    static readonly short[] Bytes = MakeBytes();

    /// <summary>Appends <paramref name="text"/> in the alphabet, as UTF-8, to <paramref name="output"/>, which it replaces.</summary>
    public static ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> text, ref byte[] output)
    {
        if (output.Length < text.Length * 2)
            output = new byte[checked(text.Length * 2)];
        int used = 0;
        foreach (byte value in text)
        {
            ushort character = Characters[value];
            if (character < 0x80)
            {
                output[used++] = (byte)character;
                continue;
            }
            output[used++] = (byte)(0xC0 | (character >> 6));
            output[used++] = (byte)(0x80 | (character & 0x3F));
        }
        return output.AsSpan(0, used);
    }

    /// <summary>The bytes that <paramref name="piece"/> stands for; characters outside the alphabet stand for themselves.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> piece)
    {
        byte[] bytes = new byte[piece.Length];
        int used = 0;
        while (!piece.IsEmpty)
        {
            int point = LenientUtf8.Decode(piece, out int length);
            int value = point < Bytes.Length ? Bytes[point] : -1;
            if (value >= 0)
                bytes[used++] = (byte)value;
            else
            {
                piece[..length].CopyTo(bytes.AsSpan(used));
                used += length;
            }
            piece = piece[length..];
        }
        return bytes[..used];
    }

    static ushort[] MakeCharacters()
    {
        var characters = new ushort[256];
        ushort next = 256;
        for (int value = 0; value < 256; value++)
            characters[value] = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (ushort)value : next++;
        return characters;
    }

    static short[] MakeBytes()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < 256; value++)
            bytes[Characters[value]] = (short)value;
        return bytes;
    }
}
