using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Weights that are drawn to where each batch's tokens say, so that the order of the data matters.</summary>
sealed class ToyModel : ITrainedModel, IDisposable
{
    readonly NativeBuffer[] weights, gradients;

    public ToyModel(MemoryAccount account)
    {
        Parameters =
        [
            new("token_embd.weight", 5, 6, true), new("blk.0.ffn_up.weight", 20, 9, true), new("blk.0.ffn_norm.weight", 1, 11, false), new("output.weight", 4, 3, true),
        ];
        weights = [.. Parameters.Select(one => new NativeBuffer(one.Count * 4, MemoryKind.Weights, account))];
        gradients = [.. Parameters.Select(one => new NativeBuffer(one.Count * 4, MemoryKind.Gradients, account))];
        for (int i = 0; i < Parameters.Count; i++)
        {
            Bench.Fill(Parameters[i], weights[i].Span<float>(0, (int)Parameters[i].Count), (ulong)i, 1);
        }
    }

    public IReadOnlyList<OptimizedParameter> Parameters { get; }

    /// <summary>Makes the gradient of this parameter NaN from some call on.</summary>
    public (int Parameter, int Call)? Fault { get; set; }

    /// <summary>Multiplies losses, as a run that runs away does.</summary>
    public Func<int, double> Growth { get; set; } = _ => 1;

    public int Calls { get; private set; }

    public FlatValues Weights(int parameter) => new(weights[parameter], 0, Parameters[parameter].Count);

    public FlatValues Gradient(int parameter) => new(gradients[parameter], 0, Parameters[parameter].Count);

    public void Choose(Func<int, bool> trains)
    {
        // Gradients of the others cost nothing here.
    }

    public void ClearGradients()
    {
        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i].Span<float>(0, (int)Parameters[i].Count).Clear();
        }
    }

    public double Accumulate(TrainingBatch batch, GradientSink? sink)
    {
        Calls++;
        double loss = Loss(batch);
        for (int i = Parameters.Count - 1; i >= 0; i--)
        {
            Span<float> gradient = gradients[i].Span<float>(0, (int)Parameters[i].Count);
            if (sink is not null)
            {
                gradient.Clear();
            }

            Add(i, batch, gradient);
            sink?.Invoke(i, Gradient(i));
        }

        return loss * Growth(Calls);
    }

    void Add(int parameter, TrainingBatch batch, Span<float> gradient)
    {
        ReadOnlySpan<float> values = weights[parameter].Span<float>(0, gradient.Length);
        foreach (int place in Places(parameter))
        {
            gradient[place] += (float)(batch.TotalWeight * (values[place] - Target(batch)));
        }

        if (Fault is { } fault && fault.Parameter == parameter && Calls >= fault.Call)
        {
            gradient[0] = float.NaN;
        }
    }

    public double Loss(TrainingBatch batch)
    {
        double sum = 0;
        for (int i = 0; i < Parameters.Count; i++)
        {
            ReadOnlySpan<float> values = weights[i].Span<float>(0, (int)Parameters[i].Count);
            foreach (int place in Places(i))
            {
                sum += 0.5 * (values[place] - Target(batch)) * (values[place] - Target(batch));
            }
        }

        return batch.TotalWeight * sum;
    }

    static float Target(TrainingBatch batch)
    {
        int sum = 0;
        foreach (int token in batch.Tokens)
        {
            sum += token;
        }

        return sum % 7 / 10f;
    }

    IEnumerable<int> Places(int parameter) => from row in Enumerable.Range(0, Parameters[parameter].Rows)
                                              from column in Enumerable.Range(0, Parameters[parameter].Columns)
                                              select (int)Parameters[parameter].Place(row, column);

    public float[][] Copy() => [.. weights.Select((buffer, i) => buffer.Span<float>(0, (int)Parameters[i].Count).ToArray())];

    public void Dispose()
    {
        foreach (NativeBuffer buffer in weights.Concat(gradients))
        {
            buffer.Dispose();
        }
    }
}
