namespace Shoestring.Experiments;

/// <summary>What the time of a step is made of, each part in its own unit; a weighted sum of them is a prediction.</summary>
/// <param name="Products">Seconds that its products take at the rates measured for their formats, or that memory takes to bring their weights.</param>
/// <param name="Regions">Parallel regions: each costs a wake-up and a barrier.</param>
/// <param name="Elements">Elements that pass through what is no product: norms, rotations, activations, sums.</param>
/// <param name="Attention">Seconds that attention's operations take at the machine's limit for 32-bit floats.</param>
public readonly record struct TimeFeatures(double Products, double Regions, double Elements, double Attention);

/// <summary>The weights of <see cref="TimeFeatures"/>.</summary>
/// <param name="Products">How many times as long products take as measured alone.</param>
/// <param name="SecondsPerRegion">Seconds of a parallel region, beside its work.</param>
/// <param name="SecondsPerElement">Seconds of an element.</param>
/// <param name="Attention">How many times as long attention takes as the machine's limit allows.</param>
public sealed record TimeConstants(double Products, double SecondsPerRegion, double SecondsPerElement, double Attention)
{
    /// <summary>The predicted time of a step, in seconds.</summary>
    public double Seconds(TimeFeatures step) =>
        (Products * step.Products) + (SecondsPerRegion * step.Regions) + (SecondsPerElement * step.Elements) + (Attention * step.Attention);

    /// <summary>
    /// The constants, none negative, that predict measured times with the least squares of relative errors. Four constants are few
    /// enough to try every choice of those that are not zero.
    /// </summary>
    public static TimeConstants Fit(IReadOnlyList<(TimeFeatures Step, double Seconds)> measured)
    {
        double[][] rows = [.. measured.Select(one => (double[])[one.Step.Products / one.Seconds, one.Step.Regions / one.Seconds, one.Step.Elements / one.Seconds, one.Step.Attention / one.Seconds])];
        double[] best = [1, 0, 0, 0];
        double least = double.PositiveInfinity;
        for (int chosen = 1; chosen < 16; chosen++)
        {
            int[] columns = [.. Enumerable.Range(0, 4).Where(column => (chosen >> column & 1) == 1)];
            double[]? found = Solve(rows, columns);
            double error = found is null ? double.PositiveInfinity : rows.Sum(row => Math.Pow(columns.Select((column, i) => found[i] * row[column]).Sum() - 1, 2));
            if (found is not null && found.All(value => value >= 0) && error < least)
            {
                (best, least) = (new double[4], error);
                foreach ((int i, int column) in columns.Index())
                {
                    best[column] = found[i];
                }
            }
        }

        return new TimeConstants(best[0], best[1], best[2], best[3]);
    }

    // Normal equations of the chosen columns against ones, by Gauss with pivots; null where they do not determine a solution.
    static double[]? Solve(double[][] rows, int[] columns)
    {
        int n = columns.Length;
        double[] scale = [.. columns.Select(column => rows.Max(row => row[column]))];
        if (scale.Any(value => value <= 0))
        {
            return null;
        }

        double[][] system = [.. Enumerable.Range(0, n).Select(i => (double[])
            [.. Enumerable.Range(0, n).Select(j => rows.Sum(row => row[columns[i]] * row[columns[j]] / scale[i] / scale[j])), rows.Sum(row => row[columns[i]] / scale[i])])];
        for (int i = 0; i < n; i++)
        {
            int pivot = Enumerable.Range(i, n - i).MaxBy(row => Math.Abs(system[row][i]));
            (system[i], system[pivot]) = (system[pivot], system[i]);
            if (Math.Abs(system[i][i]) < 1e-12 * rows.Length)
            {
                return null;
            }

            for (int row = 0; row < n; row++)
            {
                double factor = row == i ? 0 : system[row][i] / system[i][i];
                system[row] = [.. system[row].Zip(system[i], (value, other) => value - (factor * other))];
            }
        }

        return [.. Enumerable.Range(0, n).Select(i => system[i][n] / system[i][i] / scale[i])];
    }
}
