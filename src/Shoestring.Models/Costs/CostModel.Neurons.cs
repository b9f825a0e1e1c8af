using Shoestring.Tensors;

namespace Shoestring.Models;

public sealed partial class CostModel
{
    /// <summary>
    /// FLOPs that rows after their prompts leave out, where each sequence computes only the neurons that its prompt chose: 2 · rows ·
    /// matrices · width · neurons left out.
    /// </summary>
    /// <param name="rows">Rows after their prompts.</param>
    /// <param name="cache">Says what share is left out.</param>
    public long NeuronFlopsSaved(long rows, CacheOptions cache) => cache.Sparsity == 0 ? 0
        : model.Blocks.Sum(b => 2 * rows * Matrices * model.Width * (b.FeedForwardWidth - NeuronChoice.Kept(b.FeedForwardWidth, cache.Sparsity)));

    /// <summary>The format that the chosen columns of the last matrix are held in.</summary>
    public static TensorFormat ChosenInputsFormat(TensorFormat format) => GatheredLinear.InputsFormat(format);

    long Matrices => model.FeedForward == FeedForwardKind.GatedSilu ? 3 : 2;

    /// <summary>
    /// Bytes that the chosen neurons' weights take beside the model's, for one sequence: rows of the first matrices in groups of 16,
    /// columns of the last as halves, unless its format's elements stand alone.
    /// </summary>
    /// <param name="formats">The format of a block's tensor, by its name within the block.</param>
    /// <param name="cache">Says what share is left out.</param>
    public long ChosenNeuronBytes(Func<int, string, TensorFormat> formats, CacheOptions cache)
    {
        long sum = 0;
        for (int b = 0; b < model.Blocks.Count && cache.Sparsity > 0; b++)
        {
            int kept = NeuronChoice.Kept(model.Blocks[b].FeedForwardWidth, cache.Sparsity);
            sum += Packed(GatheredLinear.InputsFormat(formats(b, "ffn_down.weight")), model.Width, kept) + Packed(formats(b, "ffn_up.weight"), kept, model.Width);
            sum += model.FeedForward == FeedForwardKind.GatedSilu ? Packed(formats(b, "ffn_gate.weight"), kept, model.Width) : (kept + model.Width) * sizeof(float);
        }
        return sum;
    }

    static long Packed(TensorFormat format, int rows, int columns) =>
        new PackedLayout(format, columns).GroupBytes * ((rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows);
}
