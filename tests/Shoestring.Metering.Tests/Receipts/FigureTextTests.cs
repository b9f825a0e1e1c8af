using CsCheck;

namespace Shoestring.Metering.Tests;

public class FigureTextTests
{
    [Theory]
    [InlineData(0, "B", "0 B")]
    [InlineData(999, "B", "999 B")]
    [InlineData(1000, "B", "1.00 kB")]
    [InlineData(999_960, "B", "1.00 MB")]
    [InlineData(583_000_000, "B", "583 MB")]
    [InlineData(1.1e9, "B", "1.10 GB")]
    [InlineData(2.21e9, "FLOP", "2.21 GFLOP")]
    [InlineData(5.7e10, "FLOP/s", "57.0 GFLOP/s")]
    [InlineData(0.0125, "J", "12.5 mJ")]
    [InlineData(3.2e-7, "J", "320 nJ")]
    [InlineData(12.5, "J", "12.5 J")]
    [InlineData(0.5, "s", "500 ms")]
    [InlineData(0.0009999, "s", "1.00 ms")]
    [InlineData(27.04, "token/s", "27.0 token/s")]
    [InlineData(0.713, "1", "0.713")]
    [InlineData(6.20531, "1", "6.21")]
    [InlineData(99.1, "%", "99.1 %")]
    [InlineData(1.5, "$", "$1.50")]
    [InlineData(0, "$", "$0")]
    [InlineData(0.0000123, "$", "$1.23e-5")]
    [InlineData(0.0123, "$/Mtoken", "$0.0123/Mtoken")]
    [InlineData(-1500, "B", "-1.50 kB")]
    public void Writes_three_digits_with_the_fitting_prefix(double value, string unit, string text) =>
        FigureText.Format(value, unit).ShouldBe(text);

    [Fact]
    public void Every_number_is_written_back_within_half_a_percent() => Gen.Double[1e-9, 1e27].Sample(value =>
    {
        string[] parts = FigureText.Format(value, "J").Split(' ');
        double scale = Math.Pow(1000, " pnµm kMGTPEZYRQ".IndexOf(parts[1].Length == 1 ? ' ' : parts[1][0], 1) - 5);
        return Math.Abs((double.Parse(parts[0]) * scale) - value) <= 0.0051 * value;
    });

    [Theory]
    [InlineData(FigureSource.Measured, "1.00 s m")]
    [InlineData(FigureSource.Counted, "1.00 s c")]
    [InlineData(FigureSource.Modelled, "1.00 s ~")]
    public void Marks_the_source(FigureSource source, string text) =>
        FigureText.Format(Figure.Known(1, "s", source, "")).ShouldBe(text);

    [Fact]
    public void The_table_shows_values_marks_intervals_and_predictions()
    {
        var receipt = new Receipt
        {
            Work = new Work("generate", 5, 48, 1) { Model = "stories15M" },
            Memory = new MemoryFigures { WeightBytes = Figure.Counted(16e6, Units.Bytes, "allocator").WithPrediction(15.2e6) },
            Energy = new EnergyFigures { Joules = Figure.Modelled(2, Units.Joules, "the formula", 1, 4) },
        };
        string text = ReceiptText.Format(receipt);
        text.ShouldContain("receipt · generate · stories15M · 5 prompt + 48 generated tokens");
        text.ShouldContain("weights 16.0 MB c (predicted 15.2 MB, -5.0 %)");
        text.ShouldContain("2.00 J ~ [1.00 J to 4.00 J]");
        text.ShouldContain("peak –");
        text.ShouldNotContain("gradients");
        text.ShouldNotContain("the formula");
        ReceiptText.Format(receipt, explain: true).ShouldContain("energy: 2.00 J ~: the formula");
        ReceiptText.Explain(receipt).ShouldContain("gradients: –: not reported by this work");
    }
}
