using Shoestring.Training;

namespace Shoestring.Cli;

/// <summary>Losses over steps in characters: . of training, o of held-out text.</summary>
static class LossPlot
{
    const int Width = 64;
    const int Height = 10;

    /// <summary>The lines of the picture; none before there are two losses.</summary>
    public static IEnumerable<string> Draw(TrainingHistory history)
    {
        if (history.Losses.Count < 2)
        {
            return [];
        }

        double[] means = Means(history.Losses);
        double low = means.Concat(history.HeldOut.Select(seen => seen.Loss)).Min(), high = means.Concat(history.HeldOut.Select(seen => seen.Loss)).Max();
        char[][] cells = [.. Enumerable.Range(0, Height).Select(_ => new string(' ', Width).ToCharArray())];
        int Row(double loss) => high > low ? (int)Math.Round((high - loss) / (high - low) * (Height - 1)) : 0;
        for (int column = 0; column < means.Length; column++)
        {
            cells[Row(means[column])][column] = '.';
        }

        foreach (HeldOutLoss seen in history.HeldOut)
        {
            cells[Row(seen.Loss)][(int)Math.Min(means.Length - 1, seen.Step * means.Length / history.Losses.Count)] = 'o';
        }

        return cells.Select((line, row) => $"{(row == 0 ? Text(high) : row == Height - 1 ? Text(low) : ""),8} |{new string(line).TrimEnd()}");
    }

    // Of each column the mean of its steps.
    static double[] Means(List<double> losses)
    {
        int columns = Math.Min(Width, losses.Count);
        return [.. Enumerable.Range(0, columns).Select(column =>
        {
            int first = (int)((long)column * losses.Count / columns), end = (int)((column + 1L) * losses.Count / columns);
            return losses.Skip(first).Take(end - first).Average();
        })];
    }

    static string Text(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
