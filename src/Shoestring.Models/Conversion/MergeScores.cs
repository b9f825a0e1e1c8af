using System.Text;

namespace Shoestring.Models;

/// <summary>
/// Scores that make SentencePiece's rule merge as ranked merges do. A piece made by merges of lower rank scores higher. That
/// says the same only where a piece is made by merges of neighbouring ranks and by every pair of pieces that spell it, as in
/// a list of merges that was itself made from scores; where it would not, the vocabulary is refused.
/// </summary>
sealed class MergeScores
{
    const int Nothing = int.MinValue;

    readonly Vocabulary vocabulary;
    readonly PieceIndex index;
    readonly Dictionary<(int Left, int Right), int> ranks = [];
    readonly int[] first, last;

    MergeScores(Vocabulary vocabulary)
    {
        this.vocabulary = vocabulary;
        index = new PieceIndex(vocabulary.Pieces, out _);
        first = new int[vocabulary.Pieces.Count];
        last = new int[first.Length];
        Array.Fill(first, -1);
    }

    /// <summary>A score for each piece.</summary>
    /// <exception cref="Shoestring.Tensors.ModelFileException">Scores cannot say what the merges say.</exception>
    public static float[] Of(Vocabulary vocabulary)
    {
        var scores = new MergeScores(vocabulary);
        PieceList merges = vocabulary.Merges ?? new PieceList(default, []);
        for (int rank = 0; rank < merges.Count; rank++)
            scores.Read(merges[rank], rank);
        scores.CheckNeighbours();
        for (int id = 0; id < scores.first.Length; id++)
            scores.CheckSplits(id);
        return Array.ConvertAll(scores.first, rank => rank < 0 ? -(float)merges.Count : -(float)rank);
    }

    void Read(ReadOnlySpan<byte> merge, int rank)
    {
        int space = merge[1..].IndexOf((byte)' ') + 1; // a piece may begin with one; the tokenizer has checked the form
        byte[] whole = [.. merge[..space], .. merge[(space + 1)..]];
        int id = index.Find(whole);
        if (id < 0)
            throw Wrong($"merge {rank} makes '{Encoding.UTF8.GetString(whole)}', which is no piece");
        ranks.TryAdd((Symbol(merge[..space]), Symbol(merge[(space + 1)..])), rank);
        if (first[id] < 0)
            first[id] = rank;
        last[id] = rank;
    }

    void CheckNeighbours()
    {
        int[] made = [.. Enumerable.Range(0, first.Length).Where(id => first[id] >= 0).OrderBy(id => first[id])];
        for (int i = 1; i < made.Length; i++)
        {
            if (last[made[i - 1]] > first[made[i]])
                throw Wrong($"the merges that make '{vocabulary.Pieces.Text(made[i - 1])}' stand among others");
        }
    }

    // Special pieces are cut out of the text before anything merges, so how they could be spelled does not matter.
    void CheckSplits(int id)
    {
        ReadOnlySpan<byte> piece = vocabulary.Pieces[id];
        if (piece.IsEmpty || vocabulary.Type(id) is PieceType.Control or PieceType.UserDefined or PieceType.Unknown or PieceType.Unused)
            return;
        for (int at = 0; (at += LenientUtf8.LengthByLead(piece[at])) < piece.Length;)
        {
            (int left, int right) = (Symbol(piece[..at]), Symbol(piece[at..]));
            if (left != Nothing && right != Nothing && !ranks.ContainsKey((left, right)))
                throw Wrong($"'{vocabulary.Pieces.Text(id)}' is not merged from every two pieces that spell it");
        }
    }

    /// <summary>What text between merges can be: a piece by its id, a character without one by its code, or nothing.</summary>
    int Symbol(ReadOnlySpan<byte> text)
    {
        if (index.Find(text) is >= 0 and int id)
            return id;
        return text.Length == LenientUtf8.LengthByLead(text[0]) ? -1 - LenientUtf8.Decode(text, out _) : Nothing;
    }

    Exception Wrong(string what) => GgufVocabularyWriter.Unsayable(vocabulary, $"{what}, which scores cannot say");
}
