namespace Shoestring.Models;

/// <summary>
/// The words of cl100k and its descendants (Llama 3, Qwen 2 …):
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <param name="digits">How many digits a word may have: 3 for Llama 3, 1 for Qwen 2.</param>
/// <param name="contractions">Whether the first alternative is there.</param>
/// <param name="marksAreLetters">Whether \p{M} counts with \p{L} (Qwen 3.5).</param>
sealed class TiktokenPreTokenizer(int digits, bool contractions = true, bool marksAreLetters = false) : PreTokenizer
{
    public override void Split(ReadOnlySpan<byte> text, List<int> ends)
    {
        var scanner = new WordScanner(text, marksAreLetters);
        for (int position = 0; position < text.Length;)
        {
            position = Next(scanner, position);
            ends.Add(position);
        }
    }

    int Next(WordScanner scanner, int position)
    {
        int contraction = contractions ? scanner.Contraction(position, anyCase: true) : 0;
        if (contraction > 0)
            return position + contraction;
        CharacterClass first = scanner.Look(position, out int point, out int length);
        CharacterClass second = scanner.Look(position + length);
        if (first == CharacterClass.Letter)
            return scanner.SkipRun(position, CharacterClass.Letter);
        if (first == CharacterClass.Number)
            return scanner.SkipRun(position, CharacterClass.Number, digits);
        if (second == CharacterClass.Letter && !WordScanner.IsLineEnd(point))
            return scanner.SkipRun(position + length, CharacterClass.Letter);
        int word = point == ' ' ? position + 1 : position;
        return scanner.Look(word) == CharacterClass.Other
            ? scanner.SkipLineEnds(scanner.SkipRun(word, CharacterClass.Other))
            : scanner.EndOfSpace(position, lineEnds: true);
    }
}
