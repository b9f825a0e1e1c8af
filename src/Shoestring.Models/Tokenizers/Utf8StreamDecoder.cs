using System.Text;

namespace Shoestring.Models;

/// <summary>
/// Turns pieces that arrive one by one into text for a reader: only whole characters come out, the rest waits for its
/// remaining bytes. What can never become a character comes out as U+FFFD. Serves one stream; not for many threads.
/// </summary>
public sealed class Utf8StreamDecoder
{
    readonly Decoder decoder = new UTF8Encoding(false, throwOnInvalidBytes: false).GetDecoder();

    /// <summary>Adds <paramref name="piece"/>; the characters that are complete now, often none or one.</summary>
    public string Feed(ReadOnlySpan<byte> piece) => Convert(piece, flush: false);

    /// <summary>Ends the stream: U+FFFD if the last character stayed incomplete. The decoder is then as new.</summary>
    public string Flush() => Convert([], flush: true);

    string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        // One character per byte at most, and one for what an earlier piece left.
        char[] characters = new char[bytes.Length + 4];
        int count = decoder.GetChars(bytes, characters, flush);
        return new string(characters, 0, count);
    }
}
