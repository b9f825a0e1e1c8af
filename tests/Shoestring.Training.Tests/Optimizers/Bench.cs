using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Parameters with random weights and gradients, and what an optimizer makes of them.</summary>
sealed class Bench : IDisposable
{
    readonly List<NativeBuffer> buffers = [];
    readonly FlatValues[] weights, gradients;

    public Bench(int threads, OptimizerOptions options, params OptimizedParameter[] parameters)
    {
        Parameters = parameters;
        Pool = new WorkerPool(threads);
        weights = [.. parameters.Select((one, i) => Values(one, (ulong)i, StateFormat.Float32))];
        gradients = [.. parameters.Select((one, i) => Values(one, 100 + (ulong)i, StateFormat.Float32))];
        Optimizer = options.Create(parameters, 7, Pool, Account);
    }

    public static OptimizedParameter Matrix { get; } = new("blk.0.ffn_up.weight", 21, 37, true);

    public static OptimizedParameter Vector { get; } = new("blk.0.ffn_norm.weight", 1, 43, false);

    public OptimizedParameter[] Parameters { get; }

    public MemoryAccount Account { get; } = new();

    public WorkerPool Pool { get; }

    public Optimizer Optimizer { get; }

    public FlatValues Weights(int parameter) => weights[parameter];

    public FlatValues Gradient(int parameter) => gradients[parameter];

    /// <summary>A gradient that differs from step to step; padding is zero.</summary>
    public void NextGradient(int step)
    {
        for (int i = 0; i < Parameters.Length; i++)
        {
            Fill(Parameters[i], gradients[i].Span(0, (int)gradients[i].Count), (ulong)(1000 + (step * 10) + i), 0.1f);
        }
    }

    public void Update(double rate, double factor = 1)
    {
        for (int i = 0; i < Parameters.Length; i++)
        {
            Optimizer.Update(i, new ParameterUpdate(weights[i], gradients[i], rate, factor));
        }
    }

    public float[] Copy(int parameter) => weights[parameter].Span(0, (int)weights[parameter].Count).ToArray();

    /// <summary>Numbers in memory order as [row, column], without padding.</summary>
    public static double[,] Dense(OptimizedParameter parameter, ReadOnlySpan<float> values)
    {
        double[,] dense = new double[parameter.Rows, parameter.Columns];
        for (int row = 0; row < parameter.Rows; row++)
        {
            for (int column = 0; column < parameter.Columns; column++)
            {
                dense[row, column] = values[(int)parameter.Place(row, column)];
            }
        }

        return dense;
    }

    public static void Fill(OptimizedParameter parameter, Span<float> values, ulong seed, float scale)
    {
        float[] normal = new float[parameter.Rows * parameter.Columns];
        CounterNormal.Fill(normal, 3, seed, 0);
        for (int row = 0; row < parameter.Rows; row++)
        {
            for (int column = 0; column < parameter.Columns; column++)
            {
                values[(int)parameter.Place(row, column)] = scale * normal[(row * parameter.Columns) + column];
            }
        }
    }

    FlatValues Values(OptimizedParameter parameter, ulong seed, StateFormat format)
    {
        var buffer = new NativeBuffer(parameter.Count * format.Bytes(), MemoryKind.Weights, Account);
        buffers.Add(buffer);
        var values = new FlatValues(buffer, 0, parameter.Count, format);
        Fill(parameter, values.Span(0, (int)parameter.Count), seed, 1);
        return values;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        buffers.ForEach(buffer => buffer.Dispose());
        Pool.Dispose();
    }
}
