using Shoestring.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Shoestring.Torch;

/// <summary>Trains a <see cref="TorchModel"/> by libtorch's gradients and TorchSharp's AdamW.</summary>
public sealed class TorchTrainer : IDisposable
{
    readonly TorchModel model;
    readonly optim.Optimizer[] optimizers;

    /// <summary>A trainer with the settings of our AdamW: matrices decay, vectors do not.</summary>
    public TorchTrainer(TorchModel model, AdamWOptions options, double learningRate)
    {
        this.model = model;
        optimizers =
        [
            optim.AdamW(model.Weights.Values.Where(weight => weight.shape.Length > 1), learningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay),
            optim.AdamW(model.Weights.Values.Where(weight => weight.shape.Length == 1), learningRate, options.Beta1, options.Beta2, options.Epsilon, 0),
        ];
    }

    /// <summary>Forward and backward: the mean loss of a row, and its gradients in the weights.</summary>
    /// <param name="batch">Documents; those that follow each other with one length run together.</param>
    public double Learn(TrainingBatch batch)
    {
        foreach (optim.Optimizer optimizer in optimizers)
        {
            optimizer.zero_grad();
        }
        double total = 0;
        Shoestring.Tensors.RowRange[] documents = batch.Documents.ToArray();
        for (int first = 0, count; first < documents.Length; first += count)
        {
            count = documents.Skip(first).TakeWhile(document => document.Count == documents[first].Count).Count();
            total += Learn(batch, documents[first].First, documents[first].Count, count);
        }
        return total;
    }

    double Learn(TrainingBatch batch, int row, int length, int documents)
    {
        using DisposeScope scope = NewDisposeScope();
        int rows = length * documents;
        Tensor tokens = tensor(Longs(batch.Tokens.Slice(row, rows)), [documents, length]), targets = tensor(Longs(batch.Targets.Slice(row, rows)));
        float[] counts = batch.Weights.Slice(row, rows).ToArray();
        Tensor loss = model.Loss(tokens, targets, counts.All(count => count == 1) ? null : tensor(counts)) / batch.TotalWeight;
        loss.backward();
        return loss.item<float>();
    }

    /// <summary>Updates the weights by their gradients.</summary>
    public void Update()
    {
        foreach (optim.Optimizer optimizer in optimizers)
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.step();
        }
    }

    static long[] Longs(ReadOnlySpan<int> values)
    {
        long[] longs = new long[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            longs[i] = values[i];
        }
        return longs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (optim.Optimizer optimizer in optimizers)
        {
            optimizer.Dispose();
        }
    }
}
