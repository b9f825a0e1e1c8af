namespace Shoestring.Experiments;

/// <summary>An axis on which items are compared.</summary>
/// <param name="Value">The item's value, or null or not a number when it has none.</param>
/// <param name="LowerIsBetter">Whether less is better.</param>
public readonly record struct ParetoAxis<T>(Func<T, double?> Value, bool LowerIsBetter);

/// <summary>The items that no other beats: none is at least as good on every axis and better on one.</summary>
public static class ParetoFront
{
    /// <summary>
    /// For each item, whether it is on the front. Equal items are on it together. An item without a finite value on an axis is
    /// not, and keeps no other off it.
    /// </summary>
    public static bool[] Of<T>(IReadOnlyList<T> items, params IReadOnlyList<ParetoAxis<T>> axes)
    {
        double[]?[] points = [.. items.Select(item => Point(item, axes))];
        return [.. points.Select(point => point is not null && !points.Any(other => other is not null && Beats(other, point)))];
    }

    // Every coordinate is turned so that less is better.
    static double[]? Point<T>(T item, IReadOnlyList<ParetoAxis<T>> axes)
    {
        var point = new double[axes.Count];
        for (int i = 0; i < point.Length; i++)
        {
            if (axes[i].Value(item) is not { } value || !double.IsFinite(value))
            {
                return null;
            }

            point[i] = axes[i].LowerIsBetter ? value : -value;
        }

        return point.Length > 0 ? point : null;
    }

    static bool Beats(double[] one, double[] other)
    {
        bool better = false;
        for (int i = 0; i < one.Length; i++)
        {
            if (one[i] > other[i])
            {
                return false;
            }

            better |= one[i] < other[i];
        }

        return better;
    }
}
