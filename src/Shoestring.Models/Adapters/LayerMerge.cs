namespace Shoestring.Models;

/// <summary>What parts of adapters make of a layer's own weights, at strengths by which their differences from those count.</summary>
static class LayerMerge
{
    /// <summary>Turns a row of the matrix into the row that needs no adapters.</summary>
    public static void Row(int output, Span<float> row, IEnumerable<(AdapterPart Part, float Strength)> parts)
    {
        float[] own = row.ToArray();
        foreach ((AdapterPart part, float strength) in parts)
        {
            (part as LowRankPart)?.AddDifference(output, own, row, strength);
        }
        foreach ((AdapterPart part, float strength) in parts)
        {
            if (part is ChannelPart channels)
            {
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] *= channels.At(channels.OfInputs ? i : output, strength);
                }
            }
        }
    }

    /// <summary>The same of the bias.</summary>
    public static void Bias(Span<float> bias, IEnumerable<(AdapterPart Part, float Strength)> parts)
    {
        foreach ((AdapterPart part, float strength) in parts)
        {
            if (part is ChannelPart { OfInputs: false } channels)
            {
                for (int i = 0; i < bias.Length; i++)
                {
                    bias[i] *= channels.At(i, strength);
                }
            }
        }
    }
}
