using System.Text;

namespace Shoestring.Tensors;

/// <summary>Makes text taken from an untrusted file fit for a one-line message.</summary>
static class Printable
{
    const int Limit = 80;

    /// <summary>At most 80 characters, control characters and broken surrogates replaced.</summary>
    public static string Text(string text)
    {
        var shown = new StringBuilder(Math.Min(text.Length, Limit) + 1);
        foreach (var rune in text.AsSpan(0, Math.Min(text.Length, Limit)).EnumerateRunes())
        {
            shown.Append(Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 ? "?" : rune.ToString());
        }

        return text.Length > Limit ? shown.Append('…').ToString() : shown.ToString();
    }

    /// <summary>The same from UTF-8 bytes, valid or not.</summary>
    public static string Text(ReadOnlySpan<byte> utf8) =>
        Text(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * Limit)]));
}
