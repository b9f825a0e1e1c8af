namespace Shoestring.Techniques;

/// <summary>SparseGPT: pruning that makes up for what it removes.</summary>
public static class SparseGptTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "sparsegpt", SurveyTree.Pruning, "removes weights column by column, later columns making up for what earlier ones lost on a calibration text")
    {
        Papers =
        [
            new("SparseGPT: Massive Language Models Can Be Accurately Pruned in One-Shot", "2301.00774", 2023),
        ],
        Claims = SparsityPattern.Claims,
        Options =
        [
            SparsityPattern.SparsityOption,
            SparsityPattern.PatternOption,
            new("block-size", "128", "columns whose weights are compared with each other, within a row (the paper's §3.2: 128)", []),
            new("damping", "0.01", "share of the mean of the Hessian's diagonal that is added to it (the authors' code)", []),
        ],
        Apply = (rewrite, call) => rewrite with
        {
            Transforms = [.. rewrite.Transforms, new SparseGptTransform(SparsityPattern.Parse(call), call.Integer("block-size", 8, 1 << 20), call.Number("damping", 1e-6, 1))],
        },
    };
}
