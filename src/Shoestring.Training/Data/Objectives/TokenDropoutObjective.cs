namespace Shoestring.Training;

/// <summary>
/// Token dropout: some of the tokens that are read are replaced by another, while what is to be predicted stays (Bowman et al.,
/// arXiv 1511.06349, word dropout in a decoder's input). A document's first token is kept, since it may begin the text.
/// </summary>
/// <param name="rate">How often a token is replaced, 0 to 1.</param>
/// <param name="replacement">By which: the unknown piece, or one that texts do not hold.</param>
/// <param name="inner">What is to be predicted.</param>
public sealed class TokenDropoutObjective(double rate, int replacement, TrainingObjective inner) : TrainingObjective
{
    /// <inheritdoc/>
    public override void Add(TrainingBatch batch, ReadOnlySpan<int> tokens, ReadOnlySpan<float> weights, ObjectiveDraw draw)
    {
        int firstRow = batch.Rows;
        inner.Add(batch, tokens, weights, draw);
        DataRandom random = new(draw.Seed, RandomUse.Dropout, draw.Item);
        Span<int> read = batch.MutableTokens[firstRow..];
        for (int i = 1; i < read.Length; i++)
        {
            read[i] = random.At(draw.First + i) < rate ? replacement : read[i];
        }
    }
}
