using Shoestring.Models;

namespace Shoestring.Techniques;

/// <summary>
/// Multiplies the channels of a layer's input by factors in what reads them and divides by them in what makes them, which changes
/// nothing but rounding: what AWQ and SmoothQuant move scale with.
/// </summary>
static class ChannelFold
{
    /// <summary>Whether what makes an input can be divided by factors: a norm, the values of attention, or the linear half of a gated layer.</summary>
    public static bool IsPossible(BlockContext context, LinearInput input) => input switch
    {
        LinearInput.Attention => context.Block.Find("attn_norm.weight") is not null,
        LinearInput.FeedForward => context.Block.Find("ffn_norm.weight") is not null,
        LinearInput.FeedForwardDown => context.Model.FeedForward == FeedForwardKind.GatedSilu,
        _ => true,
    };

    /// <summary>
    /// Where query heads share a value head, their channels come from one row, so they take one factor: the mean of what is wanted.
    /// Elsewhere what is wanted, as it is.
    /// </summary>
    public static double[] Shared(BlockContext context, LinearInput input, double[] wanted)
    {
        BlockShape shape = context.Model.Blocks[context.Block.Index];
        int group = shape.Heads / shape.KvHeads;
        if (input != LinearInput.AttentionOutput || group == 1)
        {
            return wanted;
        }

        double[] shared = new double[wanted.Length];
        for (int i = 0; i < wanted.Length; i++)
        {
            int first = i / shape.HeadChannels / group * group * shape.HeadChannels + (i % shape.HeadChannels);
            for (int member = 0; member < group; member++)
            {
                shared[i] += wanted[first + (member * shape.HeadChannels)] / group;
            }
        }

        return shared;
    }

    /// <summary>Folds factors in; those of an attention's output must be shared (<see cref="Shared"/>).</summary>
    /// <param name="context">The block.</param>
    /// <param name="input">The input.</param>
    /// <param name="factors">A positive factor for each channel.</param>
    public static void Apply(BlockContext context, LinearInput input, double[] factors)
    {
        foreach (BlockMatrix matrix in context.Block.Readers(input))
        {
            matrix.Changed();
            for (int i = 0; i < matrix.Values.Length; i++)
            {
                matrix.Values[i] = (float)(matrix.Values[i] * factors[i % matrix.Columns]);
            }
        }

        switch (input)
        {
            case LinearInput.Attention:
                DivideVector(context, "attn_norm", 0, factors);
                break;
            case LinearInput.FeedForward:
                DivideVector(context, "ffn_norm", 0, factors);
                break;
            case LinearInput.FeedForwardDown:
                DivideRows(context.Block.Maker("ffn_up")!, context.Block.Find("ffn_up.bias"), 0, factors);
                break;
            case LinearInput.AttentionOutput:
                DivideValues(context, factors);
                break;
            default:
                // Between factors the first one makes it, and the layer's bias comes after both.
                DivideRows(context.Block.Find(TensorNames.FactorIn(BlockWeights.FactoredLayer(input)!))!, null, 0, factors);
                break;
        }
    }

    static void DivideValues(BlockContext context, double[] factors)
    {
        BlockShape shape = context.Model.Blocks[context.Block.Index];
        int channels = shape.HeadChannels, group = shape.Heads / shape.KvHeads;
        double[] own = new double[shape.KvHeads * channels];
        for (int i = 0; i < own.Length; i++)
        {
            own[i] = factors[(i / channels * group * channels) + (i % channels)];
        }

        bool fused = context.Block.Find("attn_qkv.weight") is not null;
        string maker = fused ? "attn_qkv" : "attn_v";
        DivideRows(context.Block.Maker(maker)!, context.Block.Find(maker + ".bias"), fused ? (shape.Heads + shape.KvHeads) * channels : 0, own);
    }

    static void DivideRows(BlockMatrix matrix, BlockMatrix? bias, int first, double[] factors)
    {
        matrix.Changed();
        for (int row = 0; row < factors.Length; row++)
        {
            foreach (ref float value in matrix.Row(first + row))
            {
                value = (float)(value / factors[row]);
            }
        }

        Divide(bias, first, factors);
    }

    static void DivideVector(BlockContext context, string name, int first, double[] factors)
    {
        Divide(context.Block.Find(name + ".weight"), first, factors);
        Divide(context.Block.Find(name + ".bias"), first, factors);
    }

    static void Divide(BlockMatrix? vector, int first, double[] factors)
    {
        vector?.Changed();
        for (int i = 0; vector is not null && i < factors.Length; i++)
        {
            vector.Values[first + i] = (float)(vector.Values[first + i] / factors[i]);
        }
    }
}
