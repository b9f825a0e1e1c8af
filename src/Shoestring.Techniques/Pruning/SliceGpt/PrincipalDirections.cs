using System.Globalization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// The principal directions of what flows into each half of each block and into the head (Ashkboos et al., SliceGPT, arXiv
/// 2401.15024, §3.3): eigenvectors of XᵀX over the calibration text, where X comes out of the norm, whose weights have been moved into the
/// matrices that read it (§3.2). The text flows through the model as it was.
/// </summary>
static class PrincipalDirections
{
    /// <summary>Finds them, one block in memory at a time.</summary>
    /// <returns>Those of the attention and the feed-forward layer of each block in turn, and of the head last. <c>[place][direction · channel]</c></returns>
    public static float[][] Find(ModelFile source, ModelConfiguration model, CalibrationText text, int count, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation)
    {
        var formats = source.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Format, StringComparer.Ordinal);
        var account = new MemoryAccount();
        using var streams = new ResidualStreams(source, model, formats, text, pool);
        streams.Begin();
        var found = new List<float[]>();
        for (int block = 0; block < model.Blocks.Count; block++)
        {
            progress?.Report(new RewriteProgress(0, model.Blocks.Count, string.Create(CultureInfo.InvariantCulture, $"directions of block {block + 1}")));
            BlockWeights weights = BlockWeights.Read(source, block, formats);
            Absorb(weights, "attn_norm.weight", LinearInput.Attention);
            Absorb(weights, "ffn_norm.weight", LinearInput.FeedForward);
            using var seen = new Halves(model.Width, pool, account);
            streams.Look(weights, model, seen, cancellation);
            found.Add(Largest(seen.Attention, count, pool, account));
            found.Add(Largest(seen.FeedForward, count, pool, account));
            streams.Flow(weights, model, static (_, _) => { }, cancellation);
        }

        using SymmetricMatrix head = Products(streams, model, text, pool, account);
        return [.. found, Largest(head, count, pool, account)];
    }

    /// <summary>Moves a norm's weights into what reads it.</summary>
    static void Absorb(BlockWeights weights, string norm, LinearInput input)
    {
        float[] factors = weights.Find(norm)!.Values;
        foreach (BlockMatrix matrix in weights.Readers(input))
        {
            SlicedModel.Scale(matrix.Values, factors);
        }

        Array.Fill(factors, 1);
    }

    static SymmetricMatrix Products(ResidualStreams streams, ModelConfiguration model, CalibrationText text, WorkerPool pool, MemoryAccount account)
    {
        var products = new SymmetricMatrix(model.Width, account);
        for (int sequence = 0; sequence < text.Sequences.Count; sequence++)
        {
            Tensor x = streams.Sequence(sequence);
            for (int row = 0; row < x.Rows; row++)
            {
                Normalize(x.Row(row), model.NormEpsilon);
            }

            products.AddProducts(x, pool);
        }

        return products;
    }

    static void Normalize(Span<float> row, float epsilon)
    {
        double sum = 0;
        foreach (float value in row)
        {
            sum += (double)value * value;
        }

        double scale = 1 / Math.Sqrt((sum / row.Length) + epsilon);
        foreach (ref float value in row)
        {
            value = (float)(value * scale);
        }
    }

    static float[] Largest(SymmetricMatrix products, int count, WorkerPool pool, MemoryAccount account)
    {
        if (!double.IsFinite(products.MeanOfDiagonal()))
        {
            throw new InputException("what flows through the model over the calibration text is not finite", "--calibration", "check that the model gives sensible text, or give another one");
        }

        using SymmetricEigen eigen = SymmetricEigen.Of(products, count, pool, account);
        float[] directions = new float[count * products.Size];
        for (int i = 0; i < directions.Length; i++)
        {
            directions[i] = (float)eigen.Vector(i / products.Size)[i % products.Size];
        }

        return directions;
    }

    /// <summary>XᵀX of what both halves of a block read.</summary>
    sealed class Halves(int width, WorkerPool pool, MemoryAccount account) : IInputObserver, IDisposable
    {
        public SymmetricMatrix Attention { get; } = new(width, account);

        public SymmetricMatrix FeedForward { get; } = new(width, account);

        public void Observe(LinearInput input, Tensor x)
        {
            if (input is LinearInput.Attention or LinearInput.FeedForward)
            {
                (input == LinearInput.Attention ? Attention : FeedForward).AddProducts(x, pool);
            }
        }

        public void Dispose()
        {
            Attention.Dispose();
            FeedForward.Dispose();
        }
    }
}
