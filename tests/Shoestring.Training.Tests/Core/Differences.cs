using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Central differences of the loss of a batch by the forward pass in doubles.</summary>
/// <param name="reference">The model.</param>
/// <param name="batch">The batch.</param>
/// <param name="shape">The model's shape.</param>
/// <param name="loss">Another loss than the cross-entropy of the batch.</param>
sealed class Differences(ReferenceModel reference, TrainingBatch batch, SmallShape shape, Func<double>? loss = null)
{
    /// <summary>The derivative of the loss along a direction in a parameter.</summary>
    public double Along(Parameter parameter, double[] direction)
    {
        double step = 1e-5 / Math.Sqrt(direction.Average(d => d * d) * Math.Min(direction.Length, 100));
        (double[] weight, int first) = Find(parameter);
        double[] before = weight[first..(first + direction.Length)];
        double difference = (Moved(step) - Moved(-step)) / (2 * step);
        before.CopyTo(weight, first);
        return difference;

        double Moved(double by)
        {
            for (int i = 0; i < direction.Length; i++)
            {
                weight[first + i] = before[i] + (by * direction[i]);
            }
            return loss?.Invoke() ?? Loss(reference, batch);
        }
    }

    /// <summary>Where a parameter lies in the file: GPT-2's queries, keys and values are rows of one matrix.</summary>
    (double[] Weight, int First) Find(Parameter parameter)
    {
        string[] parts = parameter.Name.Split('.');
        int third = parts.Length == 4 ? Array.IndexOf(["attn_q", "attn_k", "attn_v"], parts[2]) : -1;
        return shape.IsGpt2 && third >= 0
            ? (reference.Weight($"blk.{parts[1]}.attn_qkv.{parts[3]}"), third * (int)parameter.Elements) : (reference.Weight(parameter.Name), 0);
    }

    /// <summary>The loss of a batch.</summary>
    public static double Loss(ReferenceModel reference, TrainingBatch batch)
    {
        double loss = 0;
        foreach (RowRange document in batch.Documents)
        {
            double[][] logits = reference.Logits(batch.Tokens.Slice(document.First, document.Count).ToArray());
            for (int i = 0; i < logits.Length; i++)
            {
                double top = logits[i].Max();
                loss += batch.Weights[document.First + i] * (top + Math.Log(logits[i].Sum(l => Math.Exp(l - top))) - logits[i][batch.Targets[document.First + i]]);
            }
        }
        return loss;
    }
}
