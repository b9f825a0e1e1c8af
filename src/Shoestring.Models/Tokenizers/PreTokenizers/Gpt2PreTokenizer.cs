namespace Shoestring.Models;

/// <summary>
/// GPT-2's words (Radford et al. 2019, encoder.py):
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, by hand because .NET's \p{L} sees halves
/// of characters outside the Basic Multilingual Plane.
/// </summary>
sealed class Gpt2PreTokenizer : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, List<int> ends)
    {
        var scanner = new WordScanner(text, marksAreLetters: false);
        for (int position = 0; position < text.Length;)
        {
            position = Next(scanner, text, position);
            ends.Add(position);
        }
    }

    static int Next(WordScanner scanner, ReadOnlySpan<byte> text, int position)
    {
        int contraction = scanner.Contraction(position, anyCase: false);
        if (contraction > 0)
            return position + contraction;
        int word = text[position] == ' ' ? position + 1 : position;
        CharacterClass found = scanner.Look(word);
        return found is CharacterClass.Space or CharacterClass.End
            ? scanner.EndOfSpace(position, lineEnds: false)
            : scanner.SkipRun(word, found);
    }
}
