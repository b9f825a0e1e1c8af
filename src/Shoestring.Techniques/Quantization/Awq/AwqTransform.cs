using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>How AWQ searches.</summary>
/// <param name="Rounding">What weights will be rounded to.</param>
/// <param name="Steps">Exponents tried between 0 and 1: 20, as in the authors' code.</param>
public sealed record AwqOptions(LevelRounding Rounding, int Steps = 20);

/// <summary>
/// AWQ (Lin et al., arXiv 2306.00978, §3.2): scales input channels up by their mean magnitude to a power before weights are rounded,
/// and what makes them down, so that the weights that matter most lose least. The power is the one whose rounded layer gives the
/// least error on some of the inputs (eq. 4 and 5).
/// </summary>
/// <param name="options">How.</param>
sealed class AwqTransform(AwqOptions options) : IBlockTransform
{
    public string Name => "awq";

    public InputNeeds Needs => InputNeeds.Channels | InputNeeds.Sample;

    public void Apply(BlockContext context)
    {
        foreach ((LinearInput input, IReadOnlyList<BlockMatrix> readers, InputStatistics seen) in context.Layers)
        {
            if (ChannelFold.IsPossible(context, input))
            {
                Scale(context, input, readers, seen);
            }
        }
    }

    void Scale(BlockContext context, LinearInput input, IReadOnlyList<BlockMatrix> readers, InputStatistics seen)
    {
        double[] magnitudes = ChannelFold.Shared(context, input, [.. seen.Magnitudes.Select(sum => sum / seen.Rows)]);
        using var error = new RoundingError(context, readers, seen.Sample, options.Rounding);
        (double best, double[]? chosen) = (error.Of(null), null);
        for (int step = 1; step <= options.Steps; step++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            double[] factors = Factors(magnitudes, (double)step / options.Steps);
            double loss = error.Of(factors);
            (best, chosen) = loss < best ? (loss, factors) : (best, chosen);
        }

        if (chosen is not null)
        {
            ChannelFold.Apply(context, input, chosen);
        }
    }

    // Divided by the geometric mean of their extremes, so that scales stay around 1 (the authors' code).
    static double[] Factors(double[] magnitudes, double power)
    {
        double[] factors = [.. magnitudes.Select(magnitude => Math.Max(Math.Pow(magnitude, power), 1e-4))];
        double middle = Math.Sqrt(factors.Max() * factors.Min());
        return [.. factors.Select(factor => factor / middle)];
    }
}

/// <summary>Σ ‖X·(Q(W·s)/s − W)ᵀ‖² over the matrices that read an input.</summary>
sealed class RoundingError : IDisposable
{
    readonly IReadOnlyList<BlockMatrix> readers;
    readonly LevelRounding rounding;
    readonly BlockContext context;
    readonly NativeBuffer memory;
    readonly Operations operations;
    readonly Tensor inputs;

    public RoundingError(BlockContext context, IReadOnlyList<BlockMatrix> readers, IReadOnlyList<float[]> sample, LevelRounding rounding)
    {
        (this.context, this.readers, this.rounding) = (context, readers, rounding);
        int columns = readers[0].Columns, most = readers.Max(reader => reader.Rows);
        memory = new NativeBuffer((long)sample.Count * (columns + most) * sizeof(float), MemoryKind.Activations, context.Account);
        operations = new Operations(context.Pool, context.Account);
        inputs = new Tensor(memory, 0, sample.Count, columns);
        for (int row = 0; row < sample.Count; row++)
        {
            sample[row].CopyTo(inputs.Row(row));
        }
    }

    /// <summary>The error with factors for the input's channels, or without.</summary>
    public double Of(double[]? factors)
    {
        double error = 0;
        foreach (BlockMatrix matrix in readers)
        {
            float[] difference = new float[matrix.Values.Length];
            context.Pool.Run(new Differences(matrix, factors, rounding, difference), matrix.Rows);
            using PackedMatrix packed = PackedMatrix.FromBytes(TensorFormat.F32, matrix.Rows, matrix.Columns, MemoryMarshal.AsBytes(difference.AsSpan()), context.Account);
            var outputs = new Tensor(memory, (long)inputs.Rows * inputs.Columns * sizeof(float), inputs.Rows, matrix.Rows);
            operations.Multiply(inputs, packed, outputs);
            for (int row = 0; row < outputs.Rows; row++)
            {
                foreach (float value in outputs.Row(row))
                {
                    error += (double)value * value;
                }
            }
        }

        return error;
    }

    public void Dispose()
    {
        operations.Dispose();
        memory.Dispose();
    }

    sealed class Differences(BlockMatrix matrix, double[]? factors, LevelRounding rounding, float[] result) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            Span<float> row = result.AsSpan(chunk * matrix.Columns, matrix.Columns), given = matrix.Row(chunk);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = factors is null ? given[i] : (float)(given[i] * factors[i]);
            }

            rounding.Round(row, matrix.Format);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = (factors is null ? row[i] : (float)(row[i] / factors[i])) - given[i];
            }
        }
    }
}
