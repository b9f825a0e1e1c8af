using Shoestring.Metering;
using Shoestring.Models;

namespace Shoestring.Techniques;

/// <summary>SmoothQuant: moves the difficulty of quantizing activations into the weights.</summary>
public static class SmoothQuantTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "smoothquant", SurveyTree.Quantization, "divides channels of large activations by factors that the weights are multiplied with, so that 8-bit activations lose less")
    {
        Papers =
        [
            new("SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models", "2211.10438", 2022),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Saves, false, "survey, table 2: integer products; the engine takes 8-bit activations with every quantized format, so a format brings them"),
            new(Resource.Memory, Effect.Neutral, false, "the smoothing itself changes no byte; survey, table 2 marks the 8 bits as direct"),
            new(Resource.Energy, Effect.Saves, true, "survey, table 2: narrower arithmetic"),
            new(Resource.Money, Effect.Neutral, false, "survey, table 2 has no mark"),
            new(Resource.Communication, Effect.Neutral, false, "survey, table 2 has no mark"),
        ],
        Options =
        [
            new("alpha", "0.5", "how much of the difficulty goes into the weights (the paper's §4: 0.5 for most models)", []),
        ],
        Apply = (rewrite, call) => rewrite with { Transforms = [.. rewrite.Transforms, new SmoothQuantTransform(call.Number("alpha", 0, 1))] },
    };
}

/// <summary>SmoothQuant's smoothing (Xiao et al., arXiv 2211.10438, eq. 4): sⱼ = max|Xⱼ|^α / max|Wⱼ|^(1−α), folded into the norm before.</summary>
/// <param name="alpha">α.</param>
sealed class SmoothQuantTransform(double alpha) : IBlockTransform
{
    public string Name => "smoothquant";

    public InputNeeds Needs => InputNeeds.Channels;

    public void Apply(BlockContext context)
    {
        foreach ((LinearInput input, IReadOnlyList<BlockMatrix> readers, InputStatistics seen) in context.Layers)
        {
            // As in the paper, only where a norm comes before.
            if (input is LinearInput.Attention or LinearInput.FeedForward && ChannelFold.IsPossible(context, input))
            {
                ChannelFold.Apply(context, input, Factors(readers, seen));
            }
        }
    }

    double[] Factors(IReadOnlyList<BlockMatrix> readers, InputStatistics seen)
    {
        double[] largest = new double[seen.Channels];
        foreach (BlockMatrix matrix in readers)
        {
            for (int i = 0; i < matrix.Values.Length; i++)
            {
                largest[i % matrix.Columns] = Math.Max(largest[i % matrix.Columns], Math.Abs(matrix.Values[i]));
            }
        }

        // A channel that is never used, or whose weights are all zero, keeps its scale. What reads is multiplied, what makes is divided.
        return [.. largest.Select((weight, channel) => weight > 0 && seen.Largest[channel] > 0
            ? Math.Pow(seen.Largest[channel], alpha) / Math.Pow(weight, 1 - alpha) : 1)];
    }
}
