using System.Globalization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>ShortGPT: leaves out the blocks that change least.</summary>
public static class ShortGptTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "shortgpt", SurveyTree.Pruning, "leaves out the blocks that change the residual stream least on a calibration text")
    {
        Papers =
        [
            new("ShortGPT: Layers in Large Language Models are More Redundant Than You Expect", "2403.03853", 2024),
        ],
        Claims = StructuredPruning.Claims,
        Options = [new("layers", "1", "blocks to leave out", [])],
        Apply = Apply,
    };

    static GgufRewrite Apply(GgufRewrite rewrite, TechniqueCall call)
    {
        int blocks = GgufConfiguration.Read(rewrite.Source, rewrite.SourceMetadata).Blocks.Count, removed = call.Integer("layers", 1, 4096);
        if (removed >= blocks)
        {
            throw new InputException($"layers is {removed} and the model has {blocks} blocks", "-t shortgpt", $"give 1 to {blocks - 1}");
        }

        return rewrite.Transforms.Count > 0 || rewrite.Decisions.Count > 0
            ? throw new InputException("it comes after techniques that work block by block, and would throw away what they did", "-t shortgpt", "give it before them")
            : rewrite with { Decisions = [new BlockSelectionPlan(blocks - removed)] };
    }
}

/// <summary>How many blocks stay; which ones is decided over the calibration text.</summary>
/// <param name="Kept">Blocks that stay.</param>
public sealed record BlockSelectionPlan(int Kept) : IRewriteDecision
{
    /// <inheritdoc/>
    public string Name => "shortgpt";

    /// <summary>The model with the blocks of most influence, and a line that says which went.</summary>
    public GgufRewrite Decide(GgufRewrite rewrite, CalibrationText text, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation)
    {
        double[] influence = BlockInfluence.Measure(rewrite.Source, GgufConfiguration.Read(rewrite.Source, rewrite.SourceMetadata), text, pool, progress, cancellation);
        int[] kept = [.. Enumerable.Range(0, influence.Length).OrderByDescending(block => influence[block]).ThenBy(block => block).Take(Kept).Order()];
        return Select(rewrite, kept) with
        {
            Notes = [.. rewrite.Notes, .. Enumerable.Range(0, influence.Length).Except(kept).Select(block =>
                string.Create(CultureInfo.InvariantCulture, $"block {block} is left out, of influence {influence[block]:0.0000} (all: {influence.Min():0.0000} to {influence.Max():0.0000})"))],
        };
    }

    /// <summary>What it comes to before which blocks go is known: as many of the first.</summary>
    public GgufRewrite Assume(GgufRewrite rewrite) => Select(rewrite, [.. Enumerable.Range(0, Kept)]);

    static GgufRewrite Select(GgufRewrite rewrite, int[] kept) => rewrite with
    {
        Source = new BlockSelection(rewrite.Source, kept),
        SourceMetadata = BlockSelection.Describe(rewrite.SourceMetadata, kept),
    };
}
