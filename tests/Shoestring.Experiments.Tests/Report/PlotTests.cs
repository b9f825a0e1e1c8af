using CsCheck;

namespace Shoestring.Experiments.Tests;

public class PlotTests
{
    static PlotAxis Axis(params double[] bytes) =>
        PlotAxis.Of(CandidateMetric.Get("storedBytes"), [.. bytes.Select(value => Candidates.Make("x", value, 100))])!;

    [Fact]
    public void Ticks_are_round_numbers_in_a_unit_that_suits_them()
    {
        PlotAxis axis = Axis(13e6, 48e6);
        axis.Ticks.Select(tick => tick.Label).ShouldBe(["20", "30", "40", "50"]);
        axis.Title.ShouldBe("Stored bytes (MB) · less is better");
    }

    [Fact]
    public void A_wide_span_is_laid_out_by_powers_of_ten()
    {
        PlotAxis axis = Axis(1e6, 1e9);
        axis.Position(Math.Sqrt(1e15)).ShouldBe(0.5, 1e-9);
        axis.Ticks.Count.ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public void One_value_has_no_axis() => PlotAxis.Of(CandidateMetric.Get("storedBytes"), [Candidates.Make("x", 1, 1)]).ShouldBeNull();

    [Fact]
    public void Everything_lies_within_the_axis() =>
        Gen.Double[1e-6, 1e12].Array[2, 10].Sample(values =>
        {
            PlotAxis axis = Axis(values);
            return values.All(value => axis.Position(value) is >= 0.05 and <= 0.95)
                && axis.Ticks.All(tick => tick.At is >= -1e-9 and <= 1 + 1e-9) && axis.Ticks.Count is >= 1 and <= 12;
        });

    [Fact]
    public void Labels_lie_over_no_other_label_and_within_the_frame() =>
        Gen.Select(Gen.Double[0.1, 0.9], Gen.Double[0.1, 0.9]).Array[1, 15].Sample(at =>
        {
            PlotFrame frame = PlotFrame.Narrow;
            (double X, double Y)?[] points = [.. at.Select(one => ((double, double)?)(frame.X(one.Item1), frame.Y(one.Item2)))];
            LabelPlace?[] places = PlotLabels.Place(points, [.. points.Select(_ => "Q4_K_M")], Enumerable.Range(0, points.Length), [], frame);
            var boxes = places.Select((place, i) => (place, i)).Where(one => one.place is not null).Select(one =>
            {
                double width = 6 * 8.3, x = points[one.i]!.Value.X + one.place!.Value.X, y = points[one.i]!.Value.Y + one.place.Value.Y;
                double left = x - (one.place.Value.Anchor switch { "start" => 0, "end" => width, _ => width / 2 });
                return (left, right: left + width, top: y - 10, bottom: y + 3);
            }).ToArray();
            bool apart = boxes.All(a => boxes.Count(b => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) == 1);
            return apart && boxes.All(box => box.left >= frame.Left - 1e-9 && box.right <= frame.InnerRight + 1e-9);
        });
}
