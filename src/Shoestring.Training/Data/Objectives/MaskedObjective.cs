namespace Shoestring.Training;

/// <summary>How tokens are masked. Defaults: Devlin et al., arXiv 1810.04805, §3.1 and appendix C.2.</summary>
public sealed record MaskedOptions
{
    /// <summary>The share of tokens that are predicted.</summary>
    public double Rate { get; init; } = 0.15;

    /// <summary>The share of those that the mask piece replaces.</summary>
    public double MaskShare { get; init; } = 0.8;

    /// <summary>The share of those that a random piece replaces; the others are read as they are.</summary>
    public double RandomShare { get; init; } = 0.1;

    /// <summary>The mask piece.</summary>
    public required int Mask { get; init; }

    /// <summary>Pieces that random ones are drawn from: ids below this.</summary>
    public required int VocabularySize { get; init; }
}

/// <summary>
/// Masked tokens are predicted where they stand, and nothing else is (Devlin et al., arXiv 1810.04805, §3.1). A row's target is
/// its own token, and its weight 0 unless the token was chosen.
/// </summary>
public sealed class MaskedObjective(MaskedOptions options) : TrainingObjective
{
    // Three numbers are drawn for each token: whether it is chosen, what becomes of it, and which piece replaces it.
    const int Draws = 3;

    int[] read = [];
    float[] chosen = [];

    /// <inheritdoc/>
    public override void Add(TrainingBatch batch, ReadOnlySpan<int> tokens, ReadOnlySpan<float> weights, ObjectiveDraw draw)
    {
        Grow(tokens.Length);
        DataRandom random = new(draw.Seed, RandomUse.Mask, draw.Item);
        // The last token is left to the next part, which begins with it.
        int rows = tokens.Length - 1;
        for (int i = 0; i < rows; i++)
        {
            long position = Draws * (long)(draw.First + i);
            bool isChosen = random.At(position) < options.Rate;
            chosen[i] = isChosen ? weights[i] : 0;
            read[i] = isChosen && weights[i] != 0 ? Replace(tokens[i], random, position) : tokens[i];
        }
        batch.Add(read.AsSpan(0, rows), tokens[..rows], chosen.AsSpan(0, rows));
    }

    int Replace(int token, DataRandom random, long position)
    {
        double fate = random.At(position + 1);
        return fate < options.MaskShare ? options.Mask
            : fate < options.MaskShare + options.RandomShare ? random.Below(position + 2, options.VocabularySize)
            : token;
    }

    void Grow(int length)
    {
        if (read.Length < length)
        {
            (read, chosen) = (new int[length], new float[length]);
        }
    }
}
