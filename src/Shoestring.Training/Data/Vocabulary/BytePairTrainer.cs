using System.Text;
using System.Text.Unicode;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// Trains byte-level BPE: words are bytes at first, and the pair of neighbours that occurs most becomes a piece, until there are
/// enough (Sennrich et al., arXiv 1508.07909, §3.2, algorithm 1, over GPT-2's words and bytes). Counts are kept up to date where a merge
/// changes them, so that a merge costs the words it occurs in. Ties go to the pair of the lowest ids, and words are taken in
/// the order of their bytes: the same text in any order gives the same vocabulary.
/// </summary>
/// <remarks>
/// A pair that would make bytes which are a piece already is never merged. So each piece comes of one merge only, a pair with
/// older pieces never gains, and merging by rank, as tokenizers do, repeats the training's own merges exactly.
/// </remarks>
public sealed class BytePairTrainer
{
    readonly BytePairOptions options;
    readonly Action<ReadOnlySpan<byte>, List<int>> cut;
    readonly WordCounts counts = new();
    readonly List<int> ends = [];

    /// <summary>Prepares to count words.</summary>
    /// <exception cref="InputException">The vocabulary is too small, or the pre-tokenizer is not handled.</exception>
    public BytePairTrainer(BytePairOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int least = ByteLevelVocabulary.Bytes + options.Special.Count;
        if (options.VocabularySize < least)
        {
            throw new InputException($"a vocabulary of {options.VocabularySize} pieces has no room for the 256 bytes and {options.Special.Count} special pieces", "tokenizer training", $"give {least} or more");
        }
        this.options = options;
        cut = ByteLevelVocabulary.Words(options.PreTokenizer);
    }

    /// <summary>Different words that were counted.</summary>
    public int Words => counts.Count;

    /// <summary>Counts the words of a document.</summary>
    public void Add(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Add(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Counts the words of a document in UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            throw new ArgumentException("the text is not UTF-8", nameof(text));
        }
        ends.Clear();
        cut(text, ends);
        int start = 0;
        foreach (int end in ends)
        {
            counts.Add(text[start..end]);
            start = end;
        }
    }

    /// <summary>Trains on what was counted.</summary>
    /// <param name="progress">Told how many pieces there are.</param>
    /// <returns>The vocabulary; smaller than asked for where no pair occurs often enough.</returns>
    public Vocabulary Train(Action<int>? progress = null)
    {
        BytePairMerges merges = Merges(progress);
        return ByteLevelVocabulary.Create(merges.Made, options.Special, options.PreTokenizer, options.AddBos);
    }

    /// <summary>Merges as far as the options say.</summary>
    internal BytePairMerges Merges(Action<int>? progress = null)
    {
        var merges = new BytePairMerges(counts.Sorted());
        int wanted = options.VocabularySize - options.Special.Count;
        while (merges.Pieces < wanted && merges.TryMerge(options.LeastCount))
        {
            progress?.Invoke(merges.Pieces + options.Special.Count);
        }
        return merges;
    }
}
