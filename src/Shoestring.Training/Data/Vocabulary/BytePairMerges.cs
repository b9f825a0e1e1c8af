using System.Text;
using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>The words as pieces, while pairs of them become new ones.</summary>
sealed class BytePairMerges
{
    readonly (byte[] Word, long Count)[] words;
    readonly int[][] symbols;
    readonly int[] lengths;
    readonly PairTable pairs = new();
    readonly List<PieceMerge> made = [];
    readonly List<byte[]> pieces = [.. Enumerable.Range(0, ByteLevelVocabulary.Bytes).Select(value => new[] { (byte)value })];
    readonly HashSet<string> known;

    public BytePairMerges((byte[] Word, long Count)[] words)
    {
        this.words = words;
        symbols = [.. words.Select(word => Array.ConvertAll(word.Word, value => (int)value))];
        lengths = [.. symbols.Select(word => word.Length)];
        known = [.. pieces.Select(Key)];
        for (int word = 0; word < words.Length; word++)
        {
            for (int i = 1; i < lengths[word]; i++)
            {
                pairs.Add(new PieceMerge(symbols[word][i - 1], symbols[word][i]), words[word].Count, word);
            }
        }
        pairs.Settle();
    }

    /// <summary>The merges by rank.</summary>
    public IReadOnlyList<PieceMerge> Made => made;

    /// <summary>The bytes and what merges made.</summary>
    public int Pieces => pieces.Count;

    /// <summary>The words, each with the pieces that training has cut it into.</summary>
    public IEnumerable<(byte[] Word, int[] Pieces)> Words => words.Select((word, i) => (word.Word, symbols[i][..lengths[i]]));

    /// <summary>Merges the pair that occurs most; false where none occurs <paramref name="least"/> times.</summary>
    public bool TryMerge(long least)
    {
        while (pairs.TryTake(least, out PieceMerge pair, out List<int> occurrences))
        {
            byte[] piece = [.. pieces[pair.Left], .. pieces[pair.Right]];
            if (known.Add(Key(piece)))
            {
                pieces.Add(piece);
                made.Add(pair);
                foreach (int word in occurrences)
                {
                    Merge(word, pair, pieces.Count - 1);
                }
                pairs.Settle();
                return true;
            }
        }
        return false;
    }

    /// <summary>Joins a pair in a word from left to right, and counts what its neighbours lose and gain.</summary>
    void Merge(int word, PieceMerge pair, int merged)
    {
        (int[] symbol, int length, long count) = (symbols[word], lengths[word], words[word].Count);
        int written = 0;
        for (int read = 0; read < length; written++)
        {
            if (symbol[read] != pair.Left || read + 1 == length || symbol[read + 1] != pair.Right)
            {
                symbol[written] = symbol[read++];
                continue;
            }
            if (written > 0)
            {
                Replace(new PieceMerge(symbol[written - 1], pair.Left), new PieceMerge(symbol[written - 1], merged));
            }
            if (read + 2 < length)
            {
                Replace(new PieceMerge(pair.Right, symbol[read + 2]), new PieceMerge(merged, symbol[read + 2]));
            }
            symbol[written] = merged;
            read += 2;
        }
        lengths[word] = written;

        void Replace(PieceMerge lost, PieceMerge gained)
        {
            pairs.Remove(lost, count);
            pairs.Add(gained, count, word);
        }
    }

    static string Key(byte[] piece) => Encoding.Latin1.GetString(piece);
}
