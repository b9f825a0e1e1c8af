using Shoestring.Metering;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Growth: a larger model begins with what a smaller one has learned.</summary>
public static class GrowthTechnique
{
    static readonly GrowthOptions usual = new();

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new("grow", SurveyTree.ModelGrowth, "adds blocks or feed-forward channels to the start model, which still says what it said")
    {
        Papers =
        [
            new("Net2Net: Accelerating Learning via Knowledge Transfer", "1511.05641", 2015),
            new("LLaMA Pro: Progressive LLaMA with Block Expansion", "2401.02415", 2024),
            new("Stacking Your Transformers: A Closer Look at Model Growth for Efficient LLM Pre-Training", "2405.15319", 2024),
        ],
        Claims =
        [
            new(Resource.Computation, Effect.Saves, false, "2405.15319, section 4: about half of the operations to a loss that a large model reaches from nothing"),
            new(Resource.Memory, Effect.Costs, true, "the model is larger than the one it begins with"),
            new(Resource.Energy, Effect.Saves, false, "follows from computation, against training the large model from nothing"),
            new(Resource.Money, Effect.Saves, false, "follows from computation, against training the large model from nothing"),
            new(Resource.Communication, Effect.Neutral, false, "nothing is claimed"),
        ],
        Options =
        [
            TechniqueOption.Of("blocks", usual.Blocks, "blocks that are added"),
            new("how", "identity", "what they begin as: silent copies, or the blocks once more on top, which changes the function", ["identity", "stack"]),
            new("feed-forward", "same", "inner channels of feed-forward layers", []),
            new("learn", "all", "what learns: everything, or added blocks alone (2401.02415, section 3.2)", ["all", "new"]),
        ],
        Train = (methods, call) => methods with
        {
            Growth = new GrowthOptions
            {
                Blocks = call.Integer("blocks", 0, 1024),
                Kind = call.Choice("how", ("identity", BlockGrowth.Identity), ("stack", BlockGrowth.Stacked)),
                FeedForward = call.Value("feed-forward") == "same" ? null : call.Integer("feed-forward", 1, 1 << 18),
                OnlyNewLearn = call.Choice("learn", ("all", false), ("new", true)),
                Seed = methods.Seed,
            },
        },
    };
}
