using System.Diagnostics;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>How fast products with weights of one format are here, weights lying in the last-level cache.</summary>
/// <param name="Format">The format's name.</param>
/// <param name="OneRow">Multiply-adds a second with one row of activations, as when one sequence decodes.</param>
/// <param name="ManyRows">Multiply-adds a second with <see cref="KernelProbe.Rows"/> rows, as when a prompt is read.</param>
public sealed record KernelRate(string Format, double OneRow, double ManyRows);

/// <summary>Measures the products of every format: some seconds.</summary>
static class KernelProbe
{
    /// <summary>Rows of the products of many rows.</summary>
    public const int Rows = 64;

    // Four million weights are 2 to 16 MB: above second-level caches, and below most of the last level.
    const int Inputs = 2048, Outputs = 2048, Repeats = 7;

    // Before it code is compiled, and clocks rise; long enough beside what disturbs a machine for a moment.
    const double WarmUpSeconds = 0.02, RepeatSeconds = 0.01;

    /// <summary>The rates with that many threads.</summary>
    public static IReadOnlyList<KernelRate> Measure(int threads)
    {
        using var pool = new WorkerPool(threads);
        return [.. Enum.GetValues<TensorFormat>().Select(format => Measure(format, pool))];
    }

    static KernelRate Measure(TensorFormat format, WorkerPool pool)
    {
        var account = new MemoryAccount();
        using var operations = new Operations(pool, account);
        // How fast a product is does not depend on the numbers: zeros do.
        using PackedMatrix weights = PackedMatrix.FromBytes(format, Outputs, Inputs, new byte[format.TensorBytes(new TensorShape(Inputs, Outputs))], account);
        using var x = new NativeBuffer((long)Rows * Inputs * sizeof(float), MemoryKind.Activations, account);
        using var y = new NativeBuffer((long)Rows * Outputs * sizeof(float), MemoryKind.Activations, account);
        return new KernelRate(format.Name(), Rate(1), Rate(Rows));

        double Rate(int rows)
        {
            Tensor from = new(x, 0, rows, Inputs), to = new(y, 0, rows, Outputs);
            Run(WarmUpSeconds);
            return (double)rows * Inputs * Outputs * Enumerable.Range(0, Repeats).Select(_ => Run(RepeatSeconds)).Order().ElementAt(Repeats / 2);

            double Run(double atLeast)
            {
                long start = Stopwatch.GetTimestamp();
                int passes = 0;
                double seconds;
                do
                {
                    operations.Multiply(from, weights, to);
                    passes++;
                    seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
                while (seconds < atLeast);

                return passes / seconds;
            }
        }
    }
}
