using Shoestring.Metering;
using Shoestring.Models;

namespace Shoestring.Techniques;

/// <summary>Activation checkpointing: what the backward pass needs is computed again instead of kept.</summary>
public static class CheckpointingTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("checkpointing", SurveyTree.ActivationMemory, "keeps some activations and computes the others again on the way back")
    {
        Papers =
        [
            new("Training Deep Nets with Sublinear Memory Cost", "1604.06174", 2016),
            new("Reducing Activation Recomputation in Large Transformer Models", "2205.05198", 2022),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Costs, true, "the first paper's section 4: up to one more forward pass"),
            new(Resource.Memory, Effect.Saves, true, "the first paper's section 4: O(√n) for n layers"),
            new(Resource.Energy, Effect.Costs, false, "more arithmetic"),
            new(Resource.Money, Effect.Costs, false, "more time"),
            new(Resource.Communication, Effect.Neutral, false, "nothing is claimed"),
        ],
        Options =
        [
            new("keep", "blocks", "what is kept: each block's input, √n of them, all but mixers or feed-forward layers, or all (no checkpointing)",
                ["all", "blocks", "segments", "without-mixers", "without-feed-forward"]),
        ],
        Train = (methods, call) => methods with
        {
            Checkpointing = call.Choice("keep", ("all", Checkpointing.None), ("blocks", Checkpointing.Blocks), ("segments", Checkpointing.Segments),
                ("without-mixers", Checkpointing.Mixers), ("without-feed-forward", Checkpointing.FeedForward)),
        },
    };
}
