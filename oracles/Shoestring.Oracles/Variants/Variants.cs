using Shoestring.Tensors;

namespace Shoestring.Oracles;

/// <summary>The architecture variants that random models are made of.</summary>
static class Variants
{
    const int OriginalContext = 64;

    static readonly Variant Llama = new("llama", "llama");
    static readonly Variant Llama3 = new("llama3", "llama") { RopeBase = 500_000 };
    static readonly Variant Qwen2 = new("qwen2", "qwen2") { RopeBase = 1_000_000, Tied = true };
    static readonly Variant Qwen3 = new("qwen3", "qwen3") { RopeBase = 1_000_000, HeadWidth = 64, HeadNorms = true };

    public static IReadOnlyList<Variant> All { get; } =
    [
        Llama,
        Llama with { Name = "llama-tied", Tied = true },
        Llama3 with { Name = "llama3-rope", RopeFactors = Llama3Factors(Llama3), Plain = Llama3 },
        Llama with { Name = "linear-rope", Metadata = Scaling("linear"), Plain = Llama },
        Llama with { Name = "yarn-rope", Metadata = Scaling("yarn"), Plain = Llama },
        Llama with { Name = "mistral-window", Window = 8, Plain = Llama },
        Qwen2 with { Name = "qwen2-biases", Biases = true, Plain = Qwen2 },
        Qwen3 with { Name = "qwen3-head-norms" },
        new("gpt2", "gpt2") { KeyValueHeads = 8, Tied = true },
    ];

    public static Variant Find(string name) => All.First(variant => variant.Name == name);

    static (string Key, GgufValue Value)[] Scaling(string type) =>
    [
        ("rope.scaling.type", GgufValue.From(type)),
        ("rope.scaling.factor", GgufValue.From(4f)),
        ("rope.scaling.original_context_length", GgufValue.From((uint)OriginalContext)),
    ];

    // The published rule of Llama 3.1 (factor 8, low 1, high 4), for an original context short enough that a short text
    // feels it: short waves stay, long ones are stretched by the factor, those between are blended.
    static float[] Llama3Factors(Variant variant)
    {
        const double factor = 8, low = 1, high = 4;
        var factors = new float[variant.HeadWidth / 2];
        for (var i = 0; i < factors.Length; i++)
        {
            var turns = OriginalContext * Math.Pow(variant.RopeBase, -2.0 * i / variant.HeadWidth) / (2 * Math.PI);
            var blend = Math.Clamp((turns - low) / (high - low), 0, 1);
            factors[i] = (float)(1 / ((1 - blend) / factor + blend));
        }
        return factors;
    }
}
