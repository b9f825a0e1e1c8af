namespace Shoestring.Experiments;

/// <summary>A label's place beside its point.</summary>
/// <param name="X">From the point, rightwards.</param>
/// <param name="Y">From the point to the letters' base line, downwards.</param>
/// <param name="Anchor">SVG's <c>text-anchor</c>.</param>
readonly record struct LabelPlace(double X, double Y, string Anchor);

/// <summary>A straight line of the plot.</summary>
readonly record struct PlotLine(double FromX, double FromY, double ToX, double ToY);

/// <summary>
/// Puts labels beside points so that none lies over another, over a point or over the frame. The first of eight places that is
/// free is taken, lines counting as taken if that leaves a place; a label for which none is free is not shown. The page's script
/// does the same when axes change.
/// </summary>
static class PlotLabels
{
    // As wide as in the widest of common fonts (DejaVu Sans): the page does not choose its reader's.
    const double LetterWidth = 8.3, LetterHeight = 13, PointSize = 7, LineStep = 5;

    static readonly LabelPlace[] places =
    [
        new(10, 4, "start"), new(-10, 4, "end"), new(0, -11, "middle"), new(0, 20, "middle"),
        new(8, -8, "start"), new(-8, -8, "end"), new(8, 16, "start"), new(-8, 16, "end"),
    ];

    /// <summary>The place of each label, or null where none is free.</summary>
    /// <param name="points">The points, or null for one that is not drawn.</param>
    /// <param name="labels">Their labels.</param>
    /// <param name="order">Indices, the most important first.</param>
    /// <param name="lines">Lines that labels should keep off: the front's, and bars of intervals.</param>
    /// <param name="frame">Where labels may lie.</param>
    public static LabelPlace?[] Place(
        IReadOnlyList<(double X, double Y)?> points, IReadOnlyList<string> labels, IEnumerable<int> order, IEnumerable<PlotLine> lines, PlotFrame frame)
    {
        var result = new LabelPlace?[points.Count];
        List<Box> taken = [.. points.OfType<(double X, double Y)>().Select(point => new Box(point.X - PointSize, point.Y - PointSize, point.X + PointSize, point.Y + PointSize))];
        List<Box> crossed = [.. lines.SelectMany(Along)];
        foreach (int i in order.Where(i => points[i] is not null))
        {
            LabelPlace[] free = [.. places.Where(place => BoxOf(i, place) is var box && box.Within(frame) && !taken.Exists(box.Meets))];
            if (free.Length > 0)
            {
                LabelPlace best = Array.FindIndex(free, place => !crossed.Exists(BoxOf(i, place).Meets)) is >= 0 and var clear ? free[clear] : free[0];
                result[i] = best;
                taken.Add(BoxOf(i, best));
            }
        }

        return result;

        Box BoxOf(int i, LabelPlace place) => Around(points[i]!.Value, place, labels[i].Length * LetterWidth);
    }

    // Points along a line, which are as good as the line for boxes as large as labels.
    static IEnumerable<Box> Along(PlotLine line)
    {
        int steps = 1 + (int)(Math.Max(Math.Abs(line.ToX - line.FromX), Math.Abs(line.ToY - line.FromY)) / LineStep);
        for (int i = 0; i <= steps; i++)
        {
            double x = line.FromX + ((line.ToX - line.FromX) * i / steps), y = line.FromY + ((line.ToY - line.FromY) * i / steps);
            yield return new Box(x, y, x, y);
        }
    }

    static Box Around((double X, double Y) point, LabelPlace place, double width)
    {
        double left = point.X + place.X - (place.Anchor switch { "start" => 0, "end" => width, _ => width / 2 });
        double bottom = point.Y + place.Y + 3;
        return new Box(left, bottom - LetterHeight, left + width, bottom);
    }

    readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Meets(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;

        public bool Within(PlotFrame frame) =>
            Left >= frame.Left && Right <= frame.InnerRight && Top >= frame.Top && Bottom <= frame.InnerBottom;
    }
}
