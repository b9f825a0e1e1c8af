namespace Shoestring.Training;

/// <summary>How strongly texts are changed. Defaults: Wei and Zou, arXiv 1901.11196 (α = 0.1 of the words for each operation).</summary>
public sealed record AugmentationOptions
{
    /// <summary>Pairs of words that are exchanged, as a share of the words.</summary>
    public double Swap { get; init; } = 0.1;

    /// <summary>Words of the text that are said once more at a random place, as a share of the words.</summary>
    public double Insert { get; init; } = 0.1;

    /// <summary>How likely each word is to be left out.</summary>
    public double Delete { get; init; } = 0.1;

    /// <summary>Changed copies of a text, beside the text itself. Default 1, a choice of ours: the paper makes 4 to 16 of small sets (arXiv 1901.11196, table 3).</summary>
    public int Copies { get; init; } = 1;
}

/// <summary>
/// Easy data augmentation (Wei and Zou, arXiv 1901.11196, §2): random swap, insertion and deletion of words. The paper inserts synonyms,
/// which take a thesaurus; here the text's own words are inserted, and replacement by synonyms is left out. The same seed and number
/// give the same text.
/// </summary>
public sealed class EasyDataAugmentation(AugmentationOptions options, ulong seed)
{
    /// <summary>The changed text, whose words are divided by single spaces; white space alone stays as it is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="document">Its number, and the number of the copy where several are made.</param>
    public string Apply(string text, long document)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<string> words = [.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
        if (words.Count == 0)
        {
            return text;
        }
        Draws random = new(new DataRandom(seed, RandomUse.Augmentation, (ulong)document));
        (int swaps, int inserts) = (Times(options.Swap, words.Count), Times(options.Insert, words.Count));
        Swap(words, swaps, random);
        Insert(words, inserts, random);
        Delete(words, random);
        return string.Join(' ', words);
    }

    /// <summary>At least once where it is done at all, as in the paper's code.</summary>
    static int Times(double share, int words) => share > 0 ? Math.Max(1, (int)(share * words)) : 0;

    static void Swap(List<string> words, int times, Draws random)
    {
        for (; times > 0; times--)
        {
            (int one, int other) = (random.Below(words.Count), random.Below(words.Count));
            (words[one], words[other]) = (words[other], words[one]);
        }
    }

    static void Insert(List<string> words, int times, Draws random)
    {
        for (; times > 0; times--)
        {
            string word = words[random.Below(words.Count)];
            words.Insert(random.Below(words.Count + 1), word);
        }
    }

    /// <summary>Leaves words out; one is kept in any case.</summary>
    void Delete(List<string> words, Draws random)
    {
        string spared = words[random.Below(words.Count)];
        words.RemoveAll(_ => random.Next() < options.Delete);
        if (words.Count == 0)
        {
            words.Add(spared);
        }
    }

    /// <summary>One draw after the other.</summary>
    sealed class Draws(DataRandom random)
    {
        long position;

        public double Next() => random.At(position++);

        public int Below(int count) => random.Below(position++, count);
    }
}
