using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Low-rank approximation: matrices become products of two narrow ones.</summary>
public static class LowRankTechniques
{
    static readonly TechniqueOption ratio = new("ratio", "0.8",
        "share of a matrix's weights that its two factors have (the main tables of SVD-LLM: 20 % removed); ranks are whole multiples of 32 where that leaves one, so that block formats fit, and a matrix for which it saves nothing stays as it is", []);

    static readonly IReadOnlyList<ResourceClaim> claims =
    [
        new(Resource.Computation, Effect.Saves, true, "survey, table 2 and section 6.1.4: r(m + n) multiply-adds for mn"),
        new(Resource.Memory, Effect.Saves, true, "survey, table 2 and section 6.1.4: r(m + n) weights for mn"),
        new(Resource.Energy, Effect.Neutral, false, "survey, table 2 has no mark"),
        new(Resource.Money, Effect.Neutral, false, "survey, table 2 has no mark"),
        new(Resource.Communication, Effect.Neutral, false, "survey, table 2 has no mark"),
    ];

    /// <summary>Truncated singular value decomposition.</summary>
    public static Technique Svd { get; } = Of(
        "svd", "replaces each matrix by the nearest product of two narrow ones; needs no calibration text", isWhitened: false,
        new Paper("Language model compression with weighted low-rank factorization", "2207.00112", 2022));

    /// <summary>The same for what the inputs make of the matrix.</summary>
    public static Technique Asvd { get; } = Of(
        "asvd", "replaces each matrix by the product of two narrow ones that changes its outputs on a calibration text least", isWhitened: true,
        new Paper("ASVD: Activation-aware Singular Value Decomposition for Compressing Large Language Models", "2312.05821", 2023),
        new Paper("SVD-LLM: Truncation-aware Singular Value Decomposition for Large Language Model Compression", "2403.07378", 2024));

    static Technique Of(string id, string summary, bool isWhitened, params Paper[] papers) => new(id, SurveyTree.LowRank, summary)
    {
        Papers = papers,
        Claims = claims,
        Options = [ratio],
        Layout = ModelLayout.Shoestring,
        Apply = (rewrite, call) => Apply(rewrite, call, isWhitened),
    };

    static GgufRewrite Apply(GgufRewrite rewrite, TechniqueCall call, bool isWhitened)
    {
        if (rewrite.ResultConfiguration.Blocks.Any(block => block.Ranks.Any))
        {
            throw new InputException("the model's matrices are products of factors already", $"-t {call.Technique.Id}", "start from the model as it was before");
        }

        if (rewrite.Calls.FirstOrDefault(before => IsUndone(before.Technique)) is { } undone)
        {
            throw new InputException($"{undone.Technique.Id} comes before it, and what that rounds or sets to zero would be lost in the factors", $"-t {call.Technique.Id}", $"give it before {undone.Technique.Id}");
        }

        if (rewrite.Calls.Any(before => before.Technique == GriffinTechnique.Description))
        {
            throw new InputException("griffin comes before it, and no neurons can be taken out of products of factors", $"-t {call.Technique.Id}", "leave out one of the two");
        }

        bool isFused = rewrite.Tensors.Any(tensor => tensor.Name.EndsWith(".attn_qkv.weight", StringComparison.Ordinal));
        return rewrite with { Transforms = [.. rewrite.Transforms, new LowRankTransform(call.Technique.Id, new FactorizationOptions(call.Number("ratio", 0.01, 1), isWhitened, isFused))] };
    }

    static bool IsUndone(Technique technique) => technique.Options.Contains(WeightQuantization.Format) || technique.Options.Contains(SparsityPattern.SparsityOption);
}
