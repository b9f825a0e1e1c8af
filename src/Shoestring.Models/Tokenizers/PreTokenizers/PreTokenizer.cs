namespace Shoestring.Models;

/// <summary>Cuts text into the words within which pieces merge.</summary>
abstract class PreTokenizer
{
    /// <summary>Appends the byte position after each word of <paramref name="text"/>; the last is its length.</summary>
    public abstract void Split(ReadOnlySpan<byte> text, List<int> ends);
}

/// <summary>The whole text is one word.</summary>
sealed class WholePreTokenizer : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, List<int> ends)
    {
        if (!text.IsEmpty)
            ends.Add(text.Length);
    }
}

/// <summary>Lines and the runs of line feeds between them.</summary>
sealed class LinePreTokenizer : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, List<int> ends)
    {
        for (int start = 0; start < text.Length;)
        {
            ReadOnlySpan<byte> rest = text[start..];
            int length = rest[0] == '\n' ? rest.IndexOfAnyExcept((byte)'\n') : rest.IndexOf((byte)'\n');
            start = length < 0 ? text.Length : start + length;
            ends.Add(start);
        }
    }
}
