using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Cross-entropy that is added up for each document by itself.</summary>
/// <param name="documents">Their rows in the step, in order.</param>
sealed class DocumentLosses(RowRange[] documents) : ILogitLoss
{
    /// <summary>Σ weight · −log p(target) of each. <c>[document]</c></summary>
    public double[] Losses { get; } = new double[documents.Length];

    /// <inheritdoc/>
    public double Of(Operations operations, Tensor logits, LossRows rows, int first, bool gradient)
    {
        double total = 0;
        for (int i = 0; i < documents.Length; i++)
        {
            // Documents may lie across chunks.
            int begin = Math.Max(first, documents[i].First), end = Math.Min(first + logits.Rows, documents[i].First + documents[i].Count);
            if (begin < end)
            {
                LossRows part = rows.Slice(begin - first, end - begin);
                double loss = operations.CrossEntropy(logits.Slice(begin - first, end - begin), part.Targets, part.Weights, part.Scale, gradient);
                Losses[i] += loss;
                total += loss;
            }
        }

        return total;
    }
}
