using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Wanda: pruning by weights and activations.</summary>
public static class WandaTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "wanda", SurveyTree.Pruning, "removes from each row the weights whose magnitude times their input's norm on a calibration text is smallest")
    {
        Papers =
        [
            new("A Simple and Effective Pruning Approach for Large Language Models", "2306.11695", 2023),
        ],
        Claims = SparsityPattern.Claims,
        Options = [SparsityPattern.SparsityOption, SparsityPattern.PatternOption],
        Apply = (rewrite, call) => rewrite with { Transforms = [.. rewrite.Transforms, new WandaTransform(SparsityPattern.Parse(call))] },
    };
}

/// <summary>Wanda (Sun et al., arXiv 2306.11695, eq. 1): the score of a weight is |Wᵢⱼ|·‖Xⱼ‖₂, compared within its row.</summary>
/// <param name="pattern">How many go.</param>
sealed class WandaTransform(SparsityPattern pattern) : IBlockTransform
{
    public string Name => "wanda";

    public InputNeeds Needs => InputNeeds.Channels;

    public double ZeroShare => pattern.Sparsity;

    public void Apply(BlockContext context)
    {
        foreach ((_, IReadOnlyList<BlockMatrix> readers, InputStatistics seen) in context.Layers)
        {
            float[] norms = [.. seen.Squares.Select(sum => (float)Math.Sqrt(sum))];
            foreach (BlockMatrix matrix in readers)
            {
                MaskedRows.Run(matrix, pattern, Score, context.Pool);
            }

            void Score(ReadOnlySpan<float> row, Span<float> scores)
            {
                for (int i = 0; i < row.Length; i++)
                {
                    scores[i] = MathF.Abs(row[i]) * norms[i];
                }
            }
        }
    }
}
