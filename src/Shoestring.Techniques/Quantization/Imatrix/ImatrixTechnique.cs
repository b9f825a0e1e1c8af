using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Rounding to nearest with scales fitted by an importance matrix, as llama.cpp's quantizer does with one.</summary>
public static class ImatrixTechnique
{
    /// <summary>The technique's place, claims and options.</summary>
    public static Technique Description { get; } = new(
        "imatrix", SurveyTree.Quantization, "rounds weights to nearest, block scales fitted so that errors in columns of large inputs on a calibration text cost most")
    {
        Papers =
        [
            new("SqueezeLLM: Dense-and-Sparse Quantization", "2306.07629", 2023),
        ],
        Claims = WeightQuantization.Claims,
        Options = [WeightQuantization.Format, WeightQuantization.Pure],
        Apply = (rewrite, call) => WeightQuantization.Choose(rewrite, call) with { Transforms = [.. RoundTransform.Replaced(rewrite.Transforms), new ImatrixTransform()] },
    };
}

/// <summary>
/// Importance-weighted rounding: an error in weight w of column j costs mean(xⱼ²)·√(mean(w²) + w²) (ggml-org/llama.cpp, imatrix, and the
/// encoders with weights in ggml-quants.c).
/// </summary>
sealed class ImatrixTransform : IBlockTransform
{
    public string Name => "imatrix";

    public InputNeeds Needs => InputNeeds.Channels;

    public void Apply(BlockContext context)
    {
        foreach ((_, IReadOnlyList<BlockMatrix> readers, InputStatistics seen) in context.Layers)
        {
            float[] importance = [.. seen.Squares.Select(sum => (float)(sum / seen.Rows))];
            foreach (BlockMatrix matrix in readers.Where(matrix => LevelGrid.Exists(matrix.Format)))
            {
                matrix.Changed();
                byte[] bytes = new byte[matrix.Format.RowBytes(matrix.Columns) * matrix.Rows];
                context.Pool.Run(new Rows(matrix, importance, bytes), matrix.Rows);
                matrix.Encoded = bytes;
            }
        }
    }

    sealed class Rows(BlockMatrix matrix, float[] importance, byte[] bytes) : ChunkedWork
    {
        readonly LevelGrid grid = LevelGrid.For(matrix.Format);

        public override void Run(int chunk, int worker)
        {
            Span<float> row = matrix.Row(chunk), weights = new float[matrix.Columns];
            float square = 0;
            foreach (float value in row)
            {
                square += value * value / row.Length;
            }

            for (int i = 0; i < row.Length; i++)
            {
                weights[i] = importance[i] * MathF.Sqrt(square + (row[i] * row[i]));
            }

            int rowBytes = bytes.Length / matrix.Rows;
            Span<byte> encoded = bytes.AsSpan(chunk * rowBytes, rowBytes);
            grid.Encode(row, weights, encoded);
            matrix.Format.Decode(encoded, row);
        }
    }
}
