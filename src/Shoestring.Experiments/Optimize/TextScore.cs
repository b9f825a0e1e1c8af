namespace Shoestring.Experiments;

/// <summary>A run of consecutive scored tokens.</summary>
/// <param name="Tokens">How many.</param>
/// <param name="NegativeLogLikelihood">The sum of their negative log-likelihoods, in nats.</param>
public readonly record struct ScoredBlock(int Tokens, double NegativeLogLikelihood);

/// <summary>
/// How likely a model finds a text, in blocks of consecutive tokens: the unit that intervals are computed over, since tokens
/// that stand together are not independent of each other.
/// </summary>
/// <param name="Blocks">The blocks in the text's order.</param>
public sealed record TextScore(IReadOnlyList<ScoredBlock> Blocks)
{
    /// <summary>Tokens in a block: half of a context of 256, so that a chunk of the usual short context is one block.</summary>
    public const int DefaultBlockTokens = 128;

    /// <summary>Scored tokens.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Tokens => Blocks.Sum(block => (long)block.Tokens);

    /// <summary>Mean negative log-likelihood of a token, in nats.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double MeanNegativeLogLikelihood => Blocks.Sum(block => block.NegativeLogLikelihood) / Tokens;

    /// <summary>Cuts the scored tokens of each chunk into blocks; no block spans two chunks.</summary>
    /// <param name="chunks">For each chunk, the negative log-likelihood of each scored token, in nats.</param>
    /// <param name="blockTokens">The most tokens in a block; a chunk is cut into equal blocks.</param>
    public static TextScore FromChunks(IEnumerable<IReadOnlyList<float>> chunks, int blockTokens = DefaultBlockTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockTokens, 1);
        return new TextScore([.. chunks.SelectMany(chunk => Cut(chunk, blockTokens))]);
    }

    static IEnumerable<ScoredBlock> Cut(IReadOnlyList<float> chunk, int blockTokens)
    {
        int count = (chunk.Count + blockTokens - 1) / blockTokens;
        for (int block = 0; block < count; block++)
        {
            int start = (int)((long)chunk.Count * block / count);
            int end = (int)((long)chunk.Count * (block + 1) / count);
            double sum = 0;
            for (int i = start; i < end; i++)
            {
                sum += chunk[i];
            }

            yield return new ScoredBlock(end - start, sum);
        }
    }
}
