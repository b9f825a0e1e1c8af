using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>LLM-Pruner's grouping: removes feed-forward channels and attention heads with all that belongs to them.</summary>
public static class LlmPrunerTechnique
{
    const int Block = 32;

    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "llm-pruner", SurveyTree.Pruning, "removes feed-forward channels and attention heads, with all rows and columns that belong to them, by what they contribute on a calibration text")
    {
        Papers =
        [
            new("LLM-Pruner: On the Structural Pruning of Large Language Models", "2305.11627", 2023),
        ],
        Claims = StructuredPruning.Claims,
        Options =
        [
            new("ffn-ratio", "0.2", "share of the feed-forward channels that is removed (the paper's main tables: 20 %)", []),
            new("head-ratio", "0", "share of the attention heads that is removed, with the key-value heads they share", []),
        ],
        Apply = Apply,
    };

    static GgufRewrite Apply(GgufRewrite rewrite, TechniqueCall call) => rewrite.ResultConfiguration.Blocks.Any(block => block.Ranks.Any)
        ? throw new InputException("it removes rows and columns of whole matrices, and those of the model are products of factors", "-t llm-pruner", "give it before svd or asvd, or start from the model as it was before them")
        : rewrite with
        {
            Transforms = [.. rewrite.Transforms, new LlmPrunerTransform(call.Number("ffn-ratio", 0, 0.95), call.Number("head-ratio", 0, 0.95))],
        };

    /// <summary>Channels that stay of a width: whole blocks of 32 where there were such, so that formats still fit.</summary>
    internal static int Kept(int width, double ratio)
    {
        int unit = width % Block == 0 ? Block : 1;
        return Math.Max(unit, (int)Math.Round(width * (1 - ratio) / unit) * unit);
    }
}
