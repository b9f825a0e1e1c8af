using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Magnitude pruning: the baseline of all pruning.</summary>
public static class MagnitudeTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "magnitude", SurveyTree.Pruning, "removes the smallest weights of each matrix; needs no calibration text")
    {
        Papers =
        [
            new("Learning both Weights and Connections for Efficient Neural Networks", "1506.02626", 2015),
        ],
        Claims = SparsityPattern.Claims,
        Options =
        [
            SparsityPattern.SparsityOption,
            SparsityPattern.PatternOption,
            new("scope", "layer", "what weights are compared within: layer, as in the baselines of the papers on Wanda and SparseGPT, or row", ["layer", "row"]),
        ],
        Apply = (rewrite, call) => rewrite with { Transforms = [.. rewrite.Transforms, new MagnitudeTransform(SparsityPattern.Parse(call), IsByRow(call))] },
    };

    static bool IsByRow(TechniqueCall call) => call.Value("scope") switch
    {
        "row" => true,
        "layer" => false,
        var other => throw new InputException($"scope is '{other}'", "-t magnitude", "give layer or row"),
    };
}

/// <summary>Removes weights of smallest magnitude (Han et al., arXiv 1506.02626, §3).</summary>
/// <param name="pattern">How many go.</param>
/// <param name="byRow">Whether each row loses as many.</param>
sealed class MagnitudeTransform(SparsityPattern pattern, bool byRow) : IBlockTransform
{
    public string Name => "magnitude";

    public InputNeeds Needs => InputNeeds.None;

    public double ZeroShare => pattern.Sparsity;

    public void Apply(BlockContext context)
    {
        foreach (BlockMatrix matrix in context.Matrices)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (byRow || pattern.IsStructured)
            {
                MaskedRows.Run(matrix, pattern, Score, context.Pool);
            }
            else
            {
                PruneWhole(matrix);
            }
        }
    }

    void PruneWhole(BlockMatrix matrix)
    {
        matrix.Changed();
        float[] scores = new float[matrix.Values.Length];
        Score(matrix.Values, scores);
        bool[] zeros = new bool[scores.Length];
        pattern.Mark(scores, zeros);
        matrix.Zeros ??= new bool[scores.Length];
        for (int i = 0; i < zeros.Length; i++)
        {
            matrix.Zeros[i] |= zeros[i];
            matrix.Values[i] = matrix.Zeros[i] ? 0 : matrix.Values[i];
        }
    }

    /// <summary>Leaves the two largest of every four, where a technique before has not removed as many: what a 2:4 format holds.</summary>
    internal static void PruneTwoOfFour(BlockMatrix matrix, WorkerPool pool) => MaskedRows.Run(matrix, SparsityPattern.TwoOfFour, Score, pool);

    static void Score(ReadOnlySpan<float> row, Span<float> scores)
    {
        for (int i = 0; i < row.Length; i++)
        {
            scores[i] = MathF.Abs(row[i]);
        }
    }
}
