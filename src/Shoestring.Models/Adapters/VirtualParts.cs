namespace Shoestring.Models;

/// <summary>Prompt tuning (Lester et al., arXiv 2104.08691, §2): learned inputs before every text.</summary>
/// <param name="Count">How many.</param>
/// <param name="Rows"><c>[row, width]</c></param>
public sealed record PromptPart(int Count, float[] Rows) : AdapterPart("token_embd")
{
    /// <inheritdoc/>
    public override int? Outputs => null;

    /// <inheritdoc/>
    public override int? Inputs => null;

    /// <inheritdoc/>
    public override IEnumerable<float[]> Values => [Rows];

    internal override AdapterPart Reordered(Func<int, int> source) => throw new InvalidOperationException("the residual stream has one order everywhere");
}

/// <summary>Prefix tuning (Li and Liang, arXiv 2101.00190, §4.2): learned keys and values of a block before every text, keys as they are once rotated.</summary>
/// <param name="Block">The block.</param>
/// <param name="Count">How many.</param>
/// <param name="Keys"><c>[row, KV head · channel]</c></param>
/// <param name="BlockValues"><c>[row, KV head · channel]</c></param>
public sealed record PrefixPart(int Block, int Count, float[] Keys, float[] BlockValues) : AdapterPart(TensorNames.Block(Block, "attn"))
{
    /// <inheritdoc/>
    public override int? Outputs => Keys.Length / Count;

    /// <inheritdoc/>
    public override int? Inputs => null;

    /// <inheritdoc/>
    public override IEnumerable<float[]> Values => [Keys, BlockValues];

    // Of every row the channels, in the order of the outputs that give keys.
    internal override AdapterPart Reordered(Func<int, int> source)
    {
        int channels = Keys.Length / Count;
        float[] ordered = new float[Keys.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i] = Keys[(i / channels * channels) + source(i % channels)];
        }
        return this with { Keys = ordered };
    }
}
