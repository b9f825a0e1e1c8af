using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>SliceGPT: removes the directions of the residual stream that carry least.</summary>
public static class SliceGptTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "slicegpt", SurveyTree.Pruning, "turns the residual stream to its principal directions on a calibration text and removes those that carry least, with the rows and columns that belong to them")
    {
        Papers =
        [
            new("SliceGPT: Compress Large Language Models by Deleting Rows and Columns", "2401.15024", 2024),
        ],
        Claims = StructuredPruning.Claims,
        Options =
        [
            new("sparsity", "0.25", "share of the residual stream's channels that is removed, in whole blocks of 32 where there were such, so that formats fit (the paper's abstract: up to 25 %); 0 only turns", []),
        ],
        Layout = ModelLayout.Shoestring,
        Apply = Apply,
    };

    static GgufRewrite Apply(GgufRewrite rewrite, TechniqueCall call)
    {
        double sparsity = call.Number("sparsity", 0, 0.95);
        ModelConfiguration model = rewrite.SourceConfiguration;
        if (model.Norm != NormKind.RootMeanSquare)
        {
            throw new InputException("the model's norms subtract the mean, which turning does not leave alone", "-t slicegpt", "take a model with RMSNorm, as those of the Llama and Qwen families");
        }

        if (rewrite.Transforms.Count > 0 || rewrite.Decisions.Count > 0 || rewrite.Removed.Count > 0)
        {
            throw new InputException("it changes the whole model before its blocks are treated one by one, and comes after a technique that did something already", "-t slicegpt", "give it first, and at most one of shortgpt and slicegpt");
        }

        return model.Blocks.Any(block => block.HasShortcuts || block.Ranks.Any)
            ? throw new InputException("the model is sliced already, or its matrices are products of factors", "-t slicegpt", "start from the model as it was before")
            : rewrite with { Decisions = [new SliceGptPlan(LlmPrunerTechnique.Kept(model.Width, sparsity))] };
    }
}

/// <summary>How many directions of the residual stream stay; which ones is decided over the calibration text.</summary>
/// <param name="Width">Directions that stay.</param>
public sealed record SliceGptPlan(int Width) : IRewriteDecision
{
    /// <inheritdoc/>
    public string Name => "slicegpt";

    /// <inheritdoc/>
    public GgufRewrite Assume(GgufRewrite rewrite) => Slice(rewrite, null, null);

    /// <inheritdoc/>
    public GgufRewrite Decide(GgufRewrite rewrite, CalibrationText text, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation) =>
        Slice(rewrite, PrincipalDirections.Find(rewrite.Source, rewrite.SourceConfiguration, text, Width, pool, progress, cancellation), pool);

    GgufRewrite Slice(GgufRewrite whole, float[][]? directions, WorkerPool? pool)
    {
        ModelConfiguration model = whole.SourceConfiguration;
        return whole with
        {
            Source = new SlicedModel(whole.Source, model, Width, directions, pool),
            SourceMetadata = SlicedModel.Describe(whole.SourceMetadata, model, Width),
        };
    }
}
