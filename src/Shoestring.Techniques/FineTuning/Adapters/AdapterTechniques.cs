using Shoestring.Metering;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>Small modules beside frozen weights, other than low-rank ones.</summary>
public static class AdapterTechniques
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Technique> All { get; } = [Channels(), Serial()];

    static Technique Channels() => new("ia3", SurveyTree.Adapters, "learns a factor for each channel of keys, values and feed-forward layers")
    {
        Papers = [new("Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning", "2205.05638", 2022)],
        Claims = Claims(Effect.Neutral, "the paper's section 3.3: one multiplication for each activation", "the paper's section 3.3: 0.01 % of the weights learn"),
        Options = [new("layers", string.Join('+', new ChannelOptions().Layers), "layers of each block; of ffn_down the inputs are scaled (the paper's section 3.3)", [])],
        Train = (methods, call) => methods with { Channels = new ChannelOptions { Layers = call.Words("layers") } },
    };

    static Technique Serial() => new("serial-adapter", SurveyTree.Adapters, "puts a small network of two layers behind each sublayer")
    {
        Papers = [new("Parameter-Efficient Transfer Learning for NLP", "1902.00751", 2019)],
        Claims = Claims(Effect.Costs, "two more products behind each sublayer, in inference too, since nothing merges them", "the paper's abstract: 3.6 % of the weights a task"),
        Options =
        [
            TechniqueOption.Of("inner", new SerialOptions().Inner, "channels between the two layers (the paper's table 1)"),
            new("layers", string.Join('+', new SerialOptions().Layers), "what they come behind (the paper's figure 2)", []),
        ],
        Train = (methods, call) => methods with { Serial = new SerialOptions { Inner = call.Integer("inner", 1, 1 << 16), Layers = call.Words("layers"), Seed = methods.Seed } },
    };

    static ResourceClaim[] Claims(Effect computation, string time, string memory) =>
    [
        new(Resource.Computation, computation, false, time),
        new(Resource.Memory, Effect.Saves, true, memory),
        new(Resource.Energy, Effect.Neutral, false, "the paper claims nothing"),
        new(Resource.Money, Effect.Neutral, false, "the paper claims nothing"),
        new(Resource.Communication, Effect.Saves, false, "what is learned alone is sent"),
    ];
}
