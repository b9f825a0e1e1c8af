using Shoestring.Training;

namespace Shoestring.Cli.Tests;

public class LossPlotTests
{
    [Fact]
    public void A_falling_loss_falls_from_the_first_line_to_the_last()
    {
        var history = new TrainingHistory();
        history.Losses.AddRange(Enumerable.Range(0, 200).Select(step => 5 - (step / 100.0)));
        history.HeldOut.Add(new HeldOutLoss(100, 4.5));
        string[] lines = [.. LossPlot.Draw(history)];
        lines.Length.ShouldBe(10);
        lines[0].ShouldStartWith("   4.99");
        lines[0].ShouldContain("|.");
        lines[^1].ShouldEndWith(".");
        lines.Count(line => line.Contains('o')).ShouldBe(1);
    }

    [Fact]
    public void One_loss_is_no_curve() => LossPlot.Draw(new TrainingHistory { Losses = { 1 } }).ShouldBeEmpty();
}
