using System.Globalization;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// The order of outputs of queries and keys, in which Hugging Face's Llama differs from GGUF's: what is adapted there is adapted in that
/// order.
/// </summary>
static class AdapterOrder
{
    /// <summary>A part as Hugging Face has it.</summary>
    public static AdapterPart ToHalves(AdapterPart part, ModelConfiguration model) => Rows(part, model) is not { } rows ? part : part.Reordered(Inverse(rows, part.Outputs ?? 0));

    /// <summary>A part of Hugging Face's as GGUF has it.</summary>
    public static AdapterPart FromHalves(AdapterPart part, ModelConfiguration model) => Rows(part, model) is not { } rows ? part : part.Reordered(row => (int)rows.SourceOf(row));

    /// <summary>A part in the order that a model's own rows have in memory.</summary>
    public static AdapterPart ToModel(AdapterPart part, ModelConfiguration model) => model.Rotary?.Layout == RotaryLayout.Halves ? ToHalves(part, model) : part;

    static Func<int, int> Inverse(HeadRows rows, int outputs)
    {
        int[] inverse = new int[outputs];
        for (int row = 0; row < outputs; row++)
        {
            inverse[rows.SourceOf(row)] = row;
        }
        return row => inverse[row];
    }

    static HeadRows? Rows(AdapterPart part, ModelConfiguration model)
    {
        string[] name = part.Layer.Split('.');
        return ShoestringLayout.Underlying(model.Architecture) == "llama" && name is ["blk", _, "attn_q" or "attn_k" or "attn"] && int.TryParse(name[1], NumberStyles.None, CultureInfo.InvariantCulture, out int block) && block < model.Blocks.Count
            ? new HeadRows(model.Blocks[block].HeadChannels) : null;
    }
}
