using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Techniques that change how keys and values are kept while a model runs; its weights stay.</summary>
public static class CacheTechniques
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Technique> All { get; } = [Quantize(), Kivi(), StreamingLlm(), H2o()];

    static Technique Quantize() => new("kv-quantize", SurveyTree.KeyValueCache, "keeps keys and values in blocks of 8 or 4 bits, 32 channels of a position to a scale")
    {
        Papers = [new("FlexGen: High-Throughput Generative Inference of Large Language Models with a Single GPU", "2303.06865", 2023)],
        Claims = Claims("the survey's section 7.1 counts 4-bit keys and values among FlexGen's savings"),
        Options = [new("type", "q8_0", "format (default: the one that loses nothing that shows)", ["q8_0", "q4_0"])],
        Cache = (call, options) => options with { Format = Format(call, call.Value("type")) },
    };

    static Technique Kivi() => new("kivi", SurveyTree.KeyValueCache, "keeps keys quantized by channel and values by position, the latest positions in 16 bits")
    {
        Papers = [new("KIVI: A Tuning-Free Asymmetric 2bit Quantization for KV Cache", "2402.02750", 2024)],
        Claims = Claims("the paper's table 3 and figure 4: a cache of a sixth or less"),
        Options = [new("bits", "4", "bits of a level (default: here two bits lose what shows)", ["2", "4", "8"])],
        Cache = (call, options) => options with { Format = Format(call, $"kivi{call.Value("bits")}") },
    };

    static Technique StreamingLlm() => new("streaming-llm", SurveyTree.KeyValueCache, "keeps the first positions and the latest ones, so that a text of any length takes constant memory")
    {
        Papers = [new("Efficient Streaming Language Models with Attention Sinks", "2309.17453", 2023)],
        Claims = Claims("the paper's section 3: a cache of fixed size"),
        Options =
        [
            new("window", "1020", "latest positions that are kept (the paper's figures: 1020 beside 4 sinks)", []),
            new("sinks", "4", "first positions that are kept (the paper's table 2: four suffice)", []),
        ],
        Cache = (call, options) => options with { Eviction = new StreamingOptions(call.Integer("window", 1, 1 << 24), call.Integer("sinks", 0, 1 << 20)) },
    };

    static Technique H2o() => new("h2o", SurveyTree.KeyValueCache, "keeps the positions that have drawn the most attention and the latest ones")
    {
        Papers = [new("H2O: Heavy-Hitter Oracle for Efficient Generative Inference of Large Language Models", "2306.14048", 2023)],
        Claims = Claims("the paper's section 5: a fifth of the cache"),
        Options =
        [
            new("heavy-hitters", "128", "positions that are kept for the attention they drew (the paper takes as many as of the latest)", []),
            new("recent", "128", "latest positions that are kept", []),
        ],
        Cache = (call, options) => options with { Eviction = new HeavyHitterOptions(call.Integer("heavy-hitters", 1, 1 << 24), call.Integer("recent", 1, 1 << 24)) },
    };

    static KvFormat Format(TechniqueCall call, string name) => KvFormats.TryParse(name, out KvFormat format) && format is not (KvFormat.F32 or KvFormat.F16) ? format
        : throw new InputException($"'{name}' is no format of a quantized cache", $"-t {call.Technique.Id}", $"use one of {string.Join(", ", call.Technique.Options[0].Values)}");

    static ResourceClaim[] Claims(string basis) =>
    [
        new(Resource.Computation, Effect.Neutral, false, "the same products are computed, over what is kept"),
        new(Resource.Memory, Effect.Saves, true, basis),
        new(Resource.Energy, Effect.Saves, false, "fewer bytes moved for each token of a long text"),
        new(Resource.Money, Effect.Neutral, false, "nothing is claimed"),
        new(Resource.Communication, Effect.Neutral, false, "the cache is not sent"),
    ];
}
