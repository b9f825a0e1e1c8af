using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>Puts the meter's readings, the work's own counts and the predictions together into a receipt.</summary>
sealed class ReceiptBuilder(MeterOptions options, MeterReadings readings, WorkReport report, Prediction prediction)
{
    const string Kernels = "counted at kernel entry from the actual sizes";
    const string Allocator = "counted by this process's own allocator";

    readonly Cost counted = report.Counted;
    readonly Cost expected = prediction.Cost;

    public Receipt Build()
    {
        EnergyFigures energy = new EnergySection(options, readings, counted).Build(prediction.Joules);
        Figure dollars = Dollars(energy.Joules).WithPrediction(prediction.Dollars);
        return new Receipt
        {
            Work = report.Work,
            Computation = Computation(),
            Memory = Memory(),
            Energy = energy,
            Money = new MoneyFigures { Dollars = dollars, DollarsPerMillionTokens = DollarsPerMillionTokens(dollars) },
            Communication = Communication(),
            Efficiency = Efficiency(energy.Joules, dollars),
            Quality = report.Quality with { Perplexity = report.Quality.Perplexity.WithPrediction(prediction.Perplexity) },
        };
    }

    ComputationFigures Computation()
    {
        Figure flops = Counted(counted.Flops, Units.Flops, Kernels, expected.Flops);
        return new ComputationFigures
        {
            Flops = flops,
            Seconds = Figure.Measured(readings.Seconds, Units.Seconds, "wall clock over the whole work").WithPrediction(prediction.Seconds),
            FlopsPerSecond = Ratio(flops, readings.Seconds, Units.FlopsPerSecond, "counted operations over wall-clock seconds"),
            Utilization = Utilization.Of(options, counted, readings.Seconds),
            ProcessorSeconds = Figure.Measured(readings.ProcessorSeconds, Units.Seconds, "processor time of the process, user and system"),
        };
    }

    MemoryFigures Memory() => new()
    {
        PeakResidentBytes = readings.PeakResidentBytes.WithPrediction(prediction.PeakResidentBytes),
        WeightBytes = Counted(counted.WeightBytes, Units.Bytes, Allocator, expected.WeightBytes),
        KvCacheBytes = Counted(counted.KvCacheBytes, Units.Bytes, Allocator, expected.KvCacheBytes),
        ActivationBytes = Counted(counted.ActivationBytes, Units.Bytes, Allocator, expected.ActivationBytes),
        GradientBytes = Counted(counted.GradientBytes, Units.Bytes, Allocator, expected.GradientBytes),
        OptimizerBytes = Counted(counted.OptimizerBytes, Units.Bytes, Allocator, expected.OptimizerBytes),
        StoredBytes = Counted(counted.StoredBytes, Units.Bytes, "length of the model's files", expected.StoredBytes),
    };

    CommunicationFigures Communication()
    {
        const string how = "counted where this process's own code reads and writes its sockets";
        return new CommunicationFigures
        {
            BytesSent = Figure.Counted(readings.Sent, Units.Bytes, how).WithPrediction(expected.BytesSent),
            BytesReceived = Figure.Counted(readings.Received, Units.Bytes, how).WithPrediction(expected.BytesReceived),
        };
    }

    Figure Dollars(Figure joules)
    {
        double hardware = options.Threads * readings.Seconds / 3600 * options.Prices.HardwareDollarsPerCoreHour;
        string rent = $"{options.Threads} cores × {readings.Seconds:G4} s × ${options.Prices.HardwareDollarsPerCoreHour:G4}/core-hour";
        if (joules.Value is not { } energy)
        {
            return Figure.Modelled(hardware, Units.Dollars, $"{rent}; electricity not included: {joules.How}");
        }

        double perJoule = options.Prices.ElectricityDollarsPerKilowattHour / EnergySection.JoulesPerKilowattHour;
        string how = $"{rent} + {energy:G4} J × ${options.Prices.ElectricityDollarsPerKilowattHour:G4}/kWh "
            + $"(hardware: {options.Prices.HardwareSource}; electricity: {options.Prices.ElectricitySource})";
        return Figure.Modelled(hardware + (energy * perJoule), Units.Dollars, how)
            .Within(joules, joule => hardware + (joule * perJoule));
    }

    Figure DollarsPerMillionTokens(Figure dollars) => report.Work.OutputTokens is var tokens and > 0 && dollars.Value is { } value
        ? Figure.Modelled(value / tokens * 1e6, Units.DollarsPerMillionTokens, $"dollars over {OutputTokens()} × 10⁶")
        : Figure.Unavailable(Units.DollarsPerMillionTokens, NoTokens);

    EfficiencyFigures Efficiency(Figure joules, Figure dollars) => new()
    {
        TokensPerSecond = PerResource(Figure.Measured(readings.Seconds, Units.Seconds, "wall clock"), Units.TokensPerSecond, "wall-clock seconds of the whole work"),
        TokensPerJoule = PerResource(joules, Units.TokensPerJoule, "joules"),
        TokensPerDollar = PerResource(dollars, Units.TokensPerDollar, "dollars"),
    };

    Figure PerResource(Figure resource, string unit, string name) => report.Work.OutputTokens switch
    {
        <= 0 => Figure.Unavailable(unit, NoTokens),
        _ when resource.Value is null => Figure.Unavailable(unit, resource.How),
        long tokens => Figure.Known(tokens / resource.Value.Value, unit, resource.Source, $"{OutputTokens()} over {name}"),
    };

    const string NoTokens = "this work went through no tokens";

    string OutputTokens() => report.Work.GeneratedTokens > 0
        ? $"{report.Work.GeneratedTokens} generated tokens"
        : $"{report.Work.PromptTokens} tokens gone through";

    static Figure Counted(double? value, string unit, string how, double? predicted) => (value is { } number
        ? Figure.Counted(number, unit, how)
        : Figure.Unavailable(unit, "not counted by this work")).WithPrediction(predicted);

    static Figure Ratio(Figure amount, double by, string unit, string how) => amount.Value is { } value
        ? Figure.Known(value / by, unit, FigureSource.Measured, how)
        : Figure.Unavailable(unit, amount.How);
}
