using CsCheck;

namespace Shoestring.Metering.Tests;

public class EnergyModelTests
{
    static readonly EnergyInputs some = new(2, 3, 2, new OperationCounts(Float32: 1e9, Int8: 4e9), 1e9);

    static readonly Gen<double> amount = Gen.Double[1e3, 1e12];

    [Fact]
    public void The_sum_is_what_the_formula_says()
    {
        EnergyEstimate estimate = EnergyModel.Estimate(some);
        double fp32 = 0.5e9 * ((250 / 8.0) + 1.69) * 1e-12;
        double int8 = 2e9 * ((250 / 16.0) + 0.10) * 1e-12;
        estimate.Joules.ShouldBe((0.55 * 2 * 2) + (0.8 * 3) + fp32 + int8 + (1e9 * 162e-12), 1e-12);
        estimate.Terms.Select(term => term.Name).ShouldBe(["static", "awake", "fp32 operations", "int8 operations", "bytes from memory"]);
    }

    [Fact]
    public void The_interval_holds_the_value_term_by_term() =>
        EnergyModel.Estimate(some with { Operations = new OperationCounts(1, 1, 1, 1) }).Terms
            .ShouldAllBe(term => term.Low <= term.Joules && term.Joules <= term.High);

    [Fact]
    public void More_bytes_take_more_energy_in_the_same_time() =>
        Gen.Select(amount, amount).Sample((bytes, more) =>
            EnergyModel.Estimate(some with { BytesMoved = bytes + more }).Joules > EnergyModel.Estimate(some with { BytesMoved = bytes }).Joules);

    [Fact]
    public void Narrower_operands_take_less_energy_in_the_same_time() => amount.Sample(flops =>
    {
        double float32 = Joules(new OperationCounts(Float32: flops));
        double float16 = Joules(new OperationCounts(Float16: flops));
        double int16 = Joules(new OperationCounts(Int16: flops));
        double int8 = Joules(new OperationCounts(Int8: flops));
        return float32 > int16 && int16 > float16 && float16 > int8 && int8 > Joules(default);
    });

    [Fact]
    public void Time_alone_does_not_make_the_energy()
    {
        EnergyInputs twice = some with { Seconds = 2 * some.Seconds, ProcessorSeconds = 2 * some.ProcessorSeconds };
        EnergyModel.Estimate(twice).Joules.ShouldBeLessThan(2 * EnergyModel.Estimate(some).Joules);
        EnergyModel.Estimate(twice).Joules.ShouldBeGreaterThan(EnergyModel.Estimate(some).Joules);
    }

    [Fact]
    public void Bytes_from_the_cache_are_cheaper() =>
        EnergyModel.Estimate(some with { FitsInCache = true }).Joules.ShouldBeLessThan(EnergyModel.Estimate(some).Joules);

    [Fact]
    public void Every_coefficient_lies_in_its_interval_and_has_a_source()
    {
        EnergyCoefficients all = EnergyCoefficients.Default;
        EnergyCoefficient[] each =
        [
            all.StaticWatts, all.ActiveWatts, all.InstructionPicojoules, all.Float32Picojoules, all.Float16Picojoules,
            all.Int16Picojoules, all.Int8Picojoules, all.MemoryPicojoulesPerByte, all.CachePicojoulesPerByte,
        ];
        each.ShouldAllBe(one => 0 < one.Low && one.Low <= one.Value && one.Value <= one.High && one.Source.Length > 20);
    }

    [Fact]
    public void Explains_the_formula_its_inputs_and_its_sources()
    {
        EnergyEstimate estimate = EnergyModel.Estimate(some);
        string text = estimate.Explain();
        text.ShouldContain("E = P₀·t + e_op·operations(format) + e_byte·bytes moved");
        text.ShouldContain("2 threads × 2 s × 0.55 W");
        text.ShouldContain("ISCA 2021");
        Figure figure = estimate.ToFigure();
        figure.Source.ShouldBe(FigureSource.Modelled);
        figure.How.ShouldContain("1E+09 B × 162 pJ/B");
        (figure.Low < figure.Value && figure.Value < figure.High).ShouldBeTrue();
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(double.NaN, 0)]
    [InlineData(1, -1)]
    public void Refuses_what_cannot_be(double seconds, double bytes) =>
        Should.Throw<ArgumentOutOfRangeException>(() => EnergyModel.Estimate(some with { Seconds = seconds, BytesMoved = bytes }));

    static double Joules(OperationCounts operations) => EnergyModel.Estimate(some with { Operations = operations }).Joules;
}
