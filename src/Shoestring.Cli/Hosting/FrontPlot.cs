namespace Shoestring.Cli;

/// <summary>Stored bytes against quality in characters: o a candidate, * one on the front, # the chosen one.</summary>
static class FrontPlot
{
    const int Width = 64;
    const int Height = 12;

    /// <summary>Draws the candidates that have both values; nothing where fewer than two have.</summary>
    public static void Write(TextWriter output, OptimizeResult result)
    {
        Point[] points = [.. result.All.Where(one => one.StoredBytes is not null && one.Quality.Value is not null).Select(one =>
            new Point(one.StoredBytes!.Value, one.Quality.Value!.Value, result.IsChosen(one) ? '#' : one.OnFront ? '*' : 'o'))];
        if (points.Length < 2)
        {
            return;
        }

        var x = Range.Of(points.Select(point => point.Bytes));
        var y = Range.Of(points.Select(point => point.Quality));
        output.WriteLine("quality % against stored bytes: o candidate, * on the front, # chosen");
        string[] lines = Draw(points, x, y);
        for (int row = 0; row < lines.Length; row++)
        {
            string label = row == 0 ? Percent(y.High) : row == lines.Length - 1 ? Percent(y.Low) : "";
            output.WriteLine($"{label,8} |{lines[row].TrimEnd()}");
        }

        output.WriteLine($"{"",8} +{new string('-', Width)}");
        output.WriteLine($"{"",10}{FigureText.Bytes(x.Low)}{FigureText.Bytes(x.High).PadLeft(Width - FigureText.Bytes(x.Low).Length)}");
    }

    // What matters more is drawn later, over what matters less.
    static string[] Draw(Point[] points, Range x, Range y)
    {
        char[][] cells = [.. Enumerable.Range(0, Height).Select(_ => new string(' ', Width).ToCharArray())];
        foreach (Point point in points.OrderBy(point => "o*#".IndexOf(point.Mark, StringComparison.Ordinal)))
        {
            int column = (int)Math.Round(x.Share(point.Bytes) * (Width - 1));
            int row = (int)Math.Round((1 - y.Share(point.Quality)) * (Height - 1));
            cells[row][column] = point.Mark;
        }

        return [.. cells.Select(line => new string(line))];
    }

    static string Percent(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    readonly record struct Point(double Bytes, double Quality, char Mark);

    readonly record struct Range(double Low, double High)
    {
        public static Range Of(IEnumerable<double> values) => new(values.Min(), values.Max());

        public double Share(double value) => High > Low ? (value - Low) / (High - Low) : 0.5;
    }
}
