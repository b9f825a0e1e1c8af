/// <summary>
/// The area that a set of points dominates in bytes and quality (Zitzler and Thiele's hypervolume), both scaled: bytes from the model as
/// given down to none, quality from <see cref="Floor"/> to 100 % on the text held out from the search.
/// </summary>
sealed class Hypervolume(SpaceTable table)
{
    /// <summary>Quality below which an answer is of no use, in per cent; declared with the space.</summary>
    const double Floor = 50;

    public double Of(IEnumerable<SpacePoint> points)
    {
        SpacePoint original = table.Points[0];
        (double Saved, double Kept)[] scaled =
        [
            .. points.Select(point => (Saved: 1 - ((double)point.Bytes / original.Bytes), Kept: (Quality(point) - Floor) / (100 - Floor)))
                .Where(point => point.Saved > 0 && point.Kept > 0).OrderByDescending(point => point.Saved),
        ];
        double area = 0, kept = 0;
        foreach ((double saved, double quality) in scaled)
        {
            // What a smaller point reaches already is not counted again.
            area += saved * Math.Max(0, quality - kept);
            kept = Math.Max(kept, quality);
        }

        return area;
    }

    double Quality(SpacePoint point) => 100 * Math.Exp(table.Points[0].HeldOut.Average() - point.HeldOut.Average());
}
