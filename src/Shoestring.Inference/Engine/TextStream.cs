using System.Text;
using Shoestring.Models;

namespace Shoestring.Inference;

/// <summary>
/// Turns tokens into text as they come: never half a character, never text that may turn out to begin a stop string.
/// </summary>
sealed class TextStream(Tokenizer tokenizer, IReadOnlyList<string> stops)
{
    readonly Utf8StreamDecoder decoder = new();
    readonly StringBuilder held = new();

    /// <summary>Adds a token; returns the text that is certain now, and whether a stop string was completed.</summary>
    public (string Text, bool Stopped) Feed(int token)
    {
        string piece = decoder.Feed(tokenizer.PieceBytes(token));
        if (stops.Count == 0)
        {
            return (piece, false);
        }
        held.Append(piece);
        string text = held.ToString();
        int stop = stops.Select(s => text.IndexOf(s, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(-1).Min();
        if (stop >= 0)
        {
            held.Clear();
            return (text[..stop], true);
        }
        int keep = stops.Max(s => Overlap(text, s));
        held.Remove(0, text.Length - keep);
        return (text[..(text.Length - keep)], false);
    }

    /// <summary>What is left when no more tokens come.</summary>
    public string Flush()
    {
        string rest = held.Append(decoder.Flush()).ToString();
        held.Clear();
        return rest;
    }

    /// <summary>Length of the longest end of the text that begins the stop string.</summary>
    static int Overlap(string text, string stop)
    {
        for (int n = Math.Min(text.Length, stop.Length - 1); n > 0; n--)
        {
            if (text.AsSpan(text.Length - n).SequenceEqual(stop.AsSpan(0, n)))
            {
                return n;
            }
        }
        return 0;
    }
}
