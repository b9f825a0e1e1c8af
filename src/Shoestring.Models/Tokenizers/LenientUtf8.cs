using System.Text.Unicode;

namespace Shoestring.Models;

/// <summary>
/// UTF-8 as llama.cpp reads it, so that odd bytes get the same ids: only the structure of a sequence is checked
/// (surrogates and overlong forms pass), and each byte that fits nowhere counts as U+FFFD.
/// </summary>
static class LenientUtf8
{
    public const int Replacement = 0xFFFD;

    /// <summary>Bytes that a sequence beginning with <paramref name="lead"/> claims; 1 for a stray continuation byte.</summary>
    public static int LengthByLead(byte lead) => lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    /// <summary>The code point at the start of <paramref name="text"/>, which is not empty, and its bytes.</summary>
    public static int Decode(ReadOnlySpan<byte> text, out int length)
    {
        byte lead = text[0];
        length = 1;
        if (lead < 0x80)
            return lead;
        int claimed = LengthByLead(lead);
        if (claimed == 1 || lead >= 0xF8 || claimed > text.Length)
            return Replacement;
        int point = lead & (0x7F >> claimed);
        for (int i = 1; i < claimed; i++)
        {
            if ((text[i] & 0xC0) != 0x80)
                return Replacement;
            point = (point << 6) | (text[i] & 0x3F);
        }
        if (point > 0x10FFFF)
            return Replacement;
        length = claimed;
        return point;
    }

    /// <summary>Writes <paramref name="point"/> to <paramref name="destination"/> (4 bytes are enough); returns the count.</summary>
    public static int Encode(int point, Span<byte> destination)
    {
        if (point < 0x80)
        {
            destination[0] = (byte)point;
            return 1;
        }
        int length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        for (int i = length - 1; i > 0; i--, point >>= 6)
            destination[i] = (byte)(0x80 | (point & 0x3F));
        destination[0] = (byte)(((0xF00 >> length) & 0xFF) | point);
        return length;
    }

    /// <summary><paramref name="text"/> itself where it is sound, otherwise a copy with U+FFFD for each stray byte.</summary>
    public static ReadOnlySpan<byte> Repair(ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
            return text;
        byte[] repaired = new byte[checked(text.Length * 3)];
        int used = 0;
        while (!text.IsEmpty)
        {
            int point = Decode(text, out int length);
            used += Encode(point, repaired.AsSpan(used));
            text = text[length..];
        }
        return repaired.AsSpan(0, used);
    }
}
