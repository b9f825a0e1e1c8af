using Shoestring.Training;

namespace Shoestring.TrainingSpeed;

/// <summary>Fits <see cref="TrainingTime"/> to measured runs: the constants, none negative, with the least squares of relative errors.</summary>
static class TimeFit
{
    const int Common = 4, Sweeps = 200_000;

    public static TrainingTime Of(IReadOnlyList<PredictionCase> cases, double flopsPerSecond)
    {
        string[] optimizers = [.. cases.Select(one => one.Optimizer).Distinct()];
        double[][] rows = [.. cases.Select(one => Row(one, optimizers, flopsPerSecond))];
        double[] x = Solve(rows);
        return new TrainingTime(1 / Math.Max(x[0], 1e-9), 1 / Math.Max(x[1], 1e-9), x[2], x[3], flopsPerSecond)
        {
            SecondsPerUpdate = optimizers.Select((name, i) => (name, seconds: x[Common + i])).ToDictionary(one => one.name, one => one.seconds),
        };
    }

    // Each run's parts as shares of its time, so that their weighted sum should be 1.
    static double[] Row(PredictionCase one, string[] optimizers, double flopsPerSecond) =>
    [
        one.Features.Products / flopsPerSecond / one.Seconds, one.Features.Attention / flopsPerSecond / one.Seconds, one.Features.Elements / one.Seconds, 1 / one.Seconds,
        .. optimizers.Select(name => name == one.Optimizer ? one.Features.Updates / one.Seconds : 0),
    ];

    // One constant at a time, at its best for the others and at least 0, until nothing changes.
    static double[] Solve(double[][] rows)
    {
        int count = rows[0].Length;
        double[] x = new double[count], left = [.. rows.Select(_ => 1.0)], squares = [.. Enumerable.Range(0, count).Select(k => rows.Sum(row => row[k] * row[k]))];
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            for (int k = 0; k < count; k++)
            {
                double step = 0;
                for (int i = 0; i < rows.Length; i++)
                {
                    step += rows[i][k] * left[i];
                }
                double next = Math.Max(0, x[k] + (squares[k] > 0 ? step / squares[k] : 0)), change = next - x[k];
                x[k] = next;
                for (int i = 0; i < rows.Length; i++)
                {
                    left[i] -= change * rows[i][k];
                }
            }
        }
        return x;
    }
}
