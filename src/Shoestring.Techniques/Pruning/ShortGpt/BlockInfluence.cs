using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// How much each block changes what flows through it: 1 − mean cosine between the residual stream before and after it (Men et al.,
/// ShortGPT, arXiv 2403.03853, eq. 1).
/// </summary>
static class BlockInfluence
{
    /// <summary>Measures all blocks, one in memory at a time.</summary>
    /// <returns>The influence of each block.</returns>
    public static double[] Measure(ModelFile source, ModelConfiguration configuration, CalibrationText text, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation)
    {
        var influence = new double[configuration.Blocks.Count];
        var formats = source.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Format, StringComparer.Ordinal);
        using var streams = new ResidualStreams(source, configuration, formats, text, pool);
        streams.Begin();
        for (int block = 0; block < influence.Length; block++)
        {
            BlockWeights weights = BlockWeights.Read(source, block, formats);
            double sum = 0;
            streams.Flow(weights, configuration, (before, after) => sum += Cosines(before, after), cancellation);
            influence[block] = 1 - (sum / text.Tokens);
            progress?.Report(new RewriteProgress(0, influence.Length, $"influence of block {block + 1}"));
        }

        return influence;
    }

    static double Cosines(Tensor before, Tensor after)
    {
        double sum = 0;
        for (int row = 0; row < before.Rows; row++)
        {
            (double product, double one, double other) = (0, 0, 0);
            ReadOnlySpan<float> left = before.Row(row), right = after.Row(row);
            for (int i = 0; i < left.Length; i++)
            {
                product += (double)left[i] * right[i];
                one += (double)left[i] * left[i];
                other += (double)right[i] * right[i];
            }

            sum += product / Math.Sqrt(Math.Max(one * other, double.Epsilon));
        }

        return sum;
    }
}
