using CsCheck;

namespace Shoestring.Metering.Tests;

public class FigureTests
{
    [Fact]
    public void Unavailable_has_no_value_and_is_never_zero()
    {
        Figure figure = Figure.Unavailable(Units.Joules, "no counter");
        figure.Value.ShouldBeNull();
        figure.How.ShouldBe("no counter");
        figure.ToString().ShouldBe("–");
        figure.Within(1, 2).Low.ShouldBeNull();
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_not_finite_becomes_unavailable(double value)
    {
        Figure figure = Figure.Measured(value, Units.One, "exp of the mean loss");
        figure.Source.ShouldBe(FigureSource.Unavailable);
        figure.Value.ShouldBeNull();
        figure.How.ShouldContain("exp of the mean loss");
    }

    [Fact]
    public void A_value_cannot_be_unavailable() =>
        Should.Throw<ArgumentException>(() => Figure.Known(1, Units.One, FigureSource.Unavailable, ""));

    [Theory]
    [InlineData(100, 110, 0.1)]
    [InlineData(100, 90, -0.1)]
    [InlineData(-100, -90, 0.1)]
    [InlineData(0, 0, 0.0)]
    [InlineData(0, 5, null)]
    public void Prediction_error_is_relative_to_the_actual_value(double actual, double predicted, double? error)
    {
        double? found = Figure.Counted(actual, Units.Bytes, "").WithPrediction(predicted).PredictionError;
        (found is null).ShouldBe(error is null);
        (found ?? 0).ShouldBe(error ?? 0, 1e-12);
    }

    [Fact]
    public void An_unavailable_figure_keeps_its_prediction_but_has_no_error()
    {
        Figure figure = Figure.Unavailable(Units.Joules, "no counter").WithPrediction(3);
        figure.Predicted.ShouldBe(3);
        figure.PredictionError.ShouldBeNull();
    }

    [Fact]
    public void Every_figure_survives_its_json() =>
        Gen.Select(Gen.Double, Gen.Int[0, 3], Gen.String, Gen.Double, Gen.Double).Sample((value, source, how, predicted, low) =>
        {
            Figure figure = source == 3 ? Figure.Unavailable("B", how) : Figure.Known(value, "B", (FigureSource)source, how);
            figure = figure.WithPrediction(predicted).Within(low, low + 1);
            var receipt = new Receipt { Work = new Work("x"), Memory = new MemoryFigures { StoredBytes = figure } };
            Figure read = ReceiptJson.Read(ReceiptJson.Write(receipt)).Memory.StoredBytes;
            // Lone surrogates cannot be written in UTF-8; the rest must be equal.
            return how.Any(char.IsSurrogate) ? read.Value == figure.Value : read == figure;
        });
}
