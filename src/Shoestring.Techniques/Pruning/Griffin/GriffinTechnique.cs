using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>GRIFFIN: contextual pruning, by each prompt anew.</summary>
public static class GriffinTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "griffin", SurveyTree.Pruning, "computes after each prompt only the feed-forward neurons that were most active in it")
    {
        Papers = [new("Prompt-prompted Adaptive Structured Pruning for Efficient LLM Generation", "2404.01365", 2024)],
        Claims =
        [
            new(Resource.Computation, Effect.Saves, true, "the paper's section 5.2: fewer rows and columns are multiplied with, for each generated token"),
            new(Resource.Memory, Effect.Costs, true, "each sequence holds a copy of its neurons' weights beside the model, which reads of prompts still need"),
            new(Resource.Energy, Effect.Saves, false, "fewer bytes of weights are read for each generated token"),
            new(Resource.Money, Effect.Neutral, false, "nothing is claimed"),
            new(Resource.Communication, Effect.Neutral, false, "the file stays as it is"),
        ],
        Options = [new("sparsity", "0.5", "share of the neurons that answers leave out (the paper's section 5: half with little loss)", [])],
        Apply = static (rewrite, _) => rewrite.ResultConfiguration.Blocks.Any(block => block.Ranks.Any)
            ? throw new InputException("the model's matrices are products of factors, of which no neurons can be taken out", "-t griffin", "leave out svd and asvd, or griffin")
            : rewrite,
        Cache = (call, options) => options with { Sparsity = call.Number("sparsity", 0, 0.999) },
    };
}
