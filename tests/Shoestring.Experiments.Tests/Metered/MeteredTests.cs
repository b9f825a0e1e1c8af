using Shoestring.Metering;

namespace Shoestring.Experiments.Tests;

public class MeteredTests
{
    static readonly Cost counted = new()
    {
        Operations = new OperationCounts(Float32: 1e9, Int8: 3e9),
        WeightBytes = 1e9,
        KvCacheBytes = 1e6,
        StoredBytes = 1.1e9,
        WeightBytesMoved = 8e9,
        KvCacheBytesMoved = 2e9,
    };

    [Fact]
    public void Every_figure_follows_from_the_readings_the_counts_and_the_prices()
    {
        Receipt receipt = Build(counted, new Work("generate", 5, 50, 1));

        receipt.Computation.Flops.ShouldBe(Figure.Counted(4e9, Units.Flops, "counted at kernel entry from the actual sizes"));
        receipt.Computation.FlopsPerSecond.Value.ShouldBe(2e9);
        receipt.Memory.WeightBytes.Value.ShouldBe(1e9);
        receipt.Memory.GradientBytes.Source.ShouldBe(FigureSource.Unavailable);

        double joules = receipt.Energy.Joules.Value!.Value;
        joules.ShouldBe(EnergyModel.Estimate(new EnergyInputs(2, 3, 2, counted.Operations!.Value, 10e9)).Joules, 1e-9);
        receipt.Energy.Joules.How.ShouldContain("no measurement: no counter here");
        receipt.Energy.CarbonGrams.Value!.Value.ShouldBe(joules / 3.6e6 * 481, 1e-12);
        receipt.Energy.CarbonGrams.How.ShouldContain("World 2023");
        receipt.Energy.ModelledJoules.ShouldBeNull();

        double dollars = (2 * 2 / 3600.0 * 0.006) + (joules / 3.6e6 * 0.127);
        receipt.Money.Dollars.Value!.Value.ShouldBe(dollars, 1e-15);
        receipt.Money.DollarsPerMillionTokens.Value!.Value.ShouldBe(dollars / 50 * 1e6, 1e-9);
        receipt.Efficiency.TokensPerSecond.Value.ShouldBe(25);
        receipt.Efficiency.TokensPerJoule.Value!.Value.ShouldBe(50 / joules, 1e-9);
        receipt.Efficiency.TokensPerDollar.Value!.Value.ShouldBe(50 / dollars, 1e-6);
        receipt.Communication.BytesSent.ShouldBe(Figure.Counted(7, Units.Bytes, receipt.Communication.BytesSent.How));
        receipt.Quality.Perplexity.Source.ShouldBe(FigureSource.Unavailable);
    }

    [Fact]
    public void Joules_of_a_counter_stand_before_the_models()
    {
        MeterReadings readings = Readings with { Joules = Figure.Measured(9, Units.Joules, "package-0") };
        EnergyFigures energy = new ReceiptBuilder(Options, readings, new WorkReport(new Work("x")) { Counted = counted }, new Prediction()).Build().Energy;
        energy.Joules.Value.ShouldBe(9);
        energy.Joules.Source.ShouldBe(FigureSource.Measured);
        energy.Joules.Low.ShouldBeNull();
        energy.ModelledJoules!.Source.ShouldBe(FigureSource.Modelled);
        energy.CarbonGrams.Low.ShouldBeNull();
    }

    [Fact]
    public void What_the_work_did_not_count_is_unavailable_and_the_total_says_what_it_leaves_out()
    {
        Receipt receipt = Build(new Cost(), new Work("tokenize"));
        receipt.Computation.Flops.Value.ShouldBeNull();
        receipt.Computation.FlopsPerSecond.Value.ShouldBeNull();
        receipt.Computation.Utilization.Value.ShouldBeNull();
        receipt.Efficiency.TokensPerJoule.Value.ShouldBeNull();
        receipt.Money.DollarsPerMillionTokens.Value.ShouldBeNull();
        receipt.Energy.Joules.How.ShouldContain("operations and bytes moved are not included");
        receipt.Energy.Joules.Value!.Value.ShouldBe((0.55 * 2 * 2) + (0.8 * 3), 1e-9);
    }

    [Fact]
    public void Energy_differs_by_format_and_bytes_in_the_same_time()
    {
        double Joules(Cost cost) => Build(cost, new Work("x")).Energy.Joules.Value!.Value;
        Joules(counted with { Operations = new OperationCounts(Float32: 4e9) }).ShouldBeGreaterThan(Joules(counted));
        Joules(counted with { WeightBytesMoved = 4e9 }).ShouldBeLessThan(Joules(counted));
    }

    [Fact]
    public void A_working_set_in_the_cache_does_not_pay_for_memory()
    {
        Cost small = counted with { WeightBytes = 1e6, KvCacheBytes = 1e3 };
        Build(small, new Work("x")).Energy.Joules.How.ShouldContain("bytes from cache");
        Build(counted, new Work("x")).Energy.Joules.How.ShouldContain("bytes from memory");
        new ReceiptBuilder(Options with { LastLevelCacheBytes = null }, Readings, new WorkReport(new Work("x")) { Counted = small }, new Prediction())
            .Build().Energy.Joules.How.ShouldContain("bytes from memory");
    }

    [Theory]
    [InlineData(2, 10e9, 1e9, 0.25, "memory bandwidth binds (memory bandwidth 25.0 %, arithmetic 0.1 %")]
    [InlineData(1, 10e9, 1e9, 0.5, "measured on 2026-03-01")]
    [InlineData(2, 8e6, 300e9, 0.4167, "arithmetic binds")]
    public void Utilization_is_the_share_of_the_limit_that_binds(int threads, double bytes, double flops, double share, string how)
    {
        Cost cost = new() { Operations = new OperationCounts(Float32: flops / 3, Int8: flops * 2 / 3), WeightBytesMoved = bytes };
        MeterOptions options = Options with { Threads = threads, Limits = MachineTests.Limits };
        Figure figure = new ReceiptBuilder(options, Readings, new WorkReport(new Work("x")) { Counted = cost }, new Prediction()).Build().Computation.Utilization;
        figure.Value!.Value.ShouldBe(share, 1e-3);
        figure.How.ShouldContain(how);
    }

    [Fact]
    public void Without_limits_utilization_says_how_to_have_them() =>
        Build(counted, new Work("x")).Computation.Utilization.How.ShouldContain("bench --machine");

    [Fact]
    public void Predictions_stand_beside_what_came_out()
    {
        var prediction = new Prediction
        {
            Cost = new Cost { Operations = new OperationCounts(Float32: 4e9), WeightBytes = 0.9e9, GradientBytes = 5 },
            Seconds = 1,
            PeakResidentBytes = 2e9,
            Joules = 3,
            Dollars = 4,
            Perplexity = 6,
        };
        var report = new WorkReport(new Work("x", 5)) { Counted = counted, Quality = new QualityFigures { Perplexity = Figure.Measured(8, Units.One, "text") } };
        Receipt receipt = new ReceiptBuilder(Options, Readings, report, prediction).Build();
        receipt.Computation.Flops.PredictionError.ShouldBe(0);
        receipt.Computation.Seconds.PredictionError.ShouldBe(-0.5);
        receipt.Memory.WeightBytes.PredictionError!.Value.ShouldBe(-0.1, 1e-12);
        receipt.Memory.PeakResidentBytes.Predicted.ShouldBe(2e9);
        (receipt.Memory.GradientBytes.Predicted, receipt.Memory.GradientBytes.Value).ShouldBe((5, null));
        (receipt.Energy.Joules.Predicted, receipt.Money.Dollars.Predicted, receipt.Quality.Perplexity.PredictionError).ShouldBe((3, 4, -0.25));
    }

    [Fact]
    public async Task A_real_run_has_time_memory_and_the_works_own_bytes()
    {
        var network = new NetworkMeter();
        network.AddSent(1000);
        MeterOptions options = Options with { Network = network, Clock = TimeProvider.System };
        Metered<int> metered = Metered.Run(options, () =>
        {
            network.AddSent(11);
            network.AddReceived(13);
            Thread.Sleep(20);
            return (42, new WorkReport(new Work("test", 10)));
        });
        metered.Result.ShouldBe(42);
        metered.Receipt.Computation.Seconds.Value!.Value.ShouldBeInRange(0.015, 20);
        metered.Receipt.Memory.PeakResidentBytes.Value!.Value.ShouldBeGreaterThan(1e6);
        metered.Receipt.Communication.BytesSent.Value.ShouldBe(11);
        metered.Receipt.Communication.BytesReceived.Value.ShouldBe(13);
        ReceiptJson.Read(ReceiptJson.Write(metered.Receipt)).ShouldBe(metered.Receipt);

        Metered<string> later = await Metered.RunAsync(options, async () =>
        {
            await Task.Delay(5);
            return ("done", new WorkReport(new Work("test")));
        });
        later.Result.ShouldBe("done");
        Should.Throw<InvalidOperationException>(() => Metered.Run<int>(options, () => throw new InvalidOperationException("the work's own")));
    }

    [Fact]
    public void Options_come_from_the_users_files()
    {
        using var folder = new TemporaryFolder();
        var folders = new UserFolders(folder.Path, folder.Path, folder.Path);
        MeterOptions.FromUser(3, "SE", folders).NoLimitsReason.ShouldContain("never");
        MachineTests.Limits.Save(folders.MachineFile);
        (Prices.Default with { HardwareDollarsPerCoreHour = 1 }).WriteNew(folders.PricesFile);
        MeterOptions options = MeterOptions.FromUser(3, "SE", folders);
        options.Threads.ShouldBe(3);
        options.Prices.HardwareDollarsPerCoreHour.ShouldBe(1);
        options.Grid.Description.ShouldStartWith("Sweden");
        options.Limits.ShouldNotBeNull();
    }

    static MeterOptions Options => new()
    {
        Threads = 2,
        Grid = Grid.Choose(null, null, Prices.Default),
        StartEnergy = () => EnergyMeter.Start(Path.Combine(Path.GetTempPath(), "no-counters-here")),
        LastLevelCacheBytes = 32 << 20,
    };

    static MeterReadings Readings => new(
        2, 3, Figure.Measured(5e8, Units.Bytes, "VmHWM"), Figure.Unavailable(Units.Joules, "no counter here"), 7, 8);

    static Receipt Build(Cost cost, Work work) =>
        new ReceiptBuilder(Options, Readings, new WorkReport(work) { Counted = cost }, new Prediction()).Build();
}
