using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Tensors;
using Work = Shoestring.Metering.Work;

namespace Shoestring.Experiments;

/// <summary>Work that a plan is about: one sequence.</summary>
/// <param name="PromptTokens">Tokens of the prompt.</param>
/// <param name="GeneratedTokens">Tokens of the answer.</param>
public readonly record struct PlannedWork(int PromptTokens, int GeneratedTokens);

/// <summary>The receipt before the run: what a model comes to with techniques applied, and what work on it will cost here.</summary>
/// <param name="rewrite">The model with techniques applied; nothing of it is written.</param>
/// <param name="name">What it is called.</param>
/// <param name="work">The work.</param>
/// <param name="meter">The machine and its prices.</param>
public sealed class ModelPlan(GgufRewrite rewrite, string name, PlannedWork work, MeterOptions meter)
{
    readonly TimePrediction times = new(rewrite, meter);
    readonly ModelConfiguration model = rewrite.ResultConfiguration;
    readonly CostModel cost = new(rewrite.ResultConfiguration);
    readonly CacheOptions cache = RunSetup.Read(rewrite.Metadata).Cache ?? new CacheOptions();

    // The last token is never read back.
    int Rows => work.PromptTokens + work.GeneratedTokens - 1;

    /// <summary>Prompt tokens a second.</summary>
    public Figure PrefillTokensPerSecond => times.Prefill(work.PromptTokens);

    /// <summary>Generated tokens a second.</summary>
    public Figure DecodeTokensPerSecond => times.Decode(Math.Max(1, work.GeneratedTokens));

    /// <summary>What will be done, FLOPs and bytes exact.</summary>
    public Cost Cost => new()
    {
        Operations = times.Products(Rows, work.GeneratedTokens, Rows - work.PromptTokens) + new OperationCounts(Float32: cost.AttentionFlops(new WorkSpan(0, Rows), cache)),
        WeightBytes = times.ResidentBytes,
        KvCacheBytes = cost.KvCacheBytes(work.PromptTokens + work.GeneratedTokens, cache),
        ActivationBytes = cost.ActivationBytes(Math.Min(work.PromptTokens, StepMemory.UsualRows(model)), 1, cache),
        StoredBytes = rewrite.Calls.Count == 0 && rewrite.Source is GgufFile file ? file.FileBytes : rewrite.FileBytes,
        WeightBytesMoved = times.BytesPerToken * work.GeneratedTokens,
    };

    /// <summary>The receipt, no figure of which is measured.</summary>
    public Receipt Receipt()
    {
        Cost planned = Cost;
        Figure seconds = Seconds();
        Figure joules = Joules(planned, seconds), dollars = Dollars(seconds, joules);
        return new Receipt
        {
            Work = new Work("plan", work.PromptTokens, work.GeneratedTokens, 1) { Model = name },
            Computation = new ComputationFigures { Flops = Figure.Counted(planned.Flops!.Value, Units.Flops, "products of all rows and attention, from hyperparameters"), Seconds = seconds },
            Memory = new MemoryFigures
            {
                WeightBytes = Figure.Counted(planned.WeightBytes!.Value, Units.Bytes, "matrices as kernels read them, vectors as floats"),
                KvCacheBytes = Figure.Counted(planned.KvCacheBytes!.Value, Units.Bytes, $"{work.PromptTokens + work.GeneratedTokens} positions in pages, {cache.Format.Name()}"),
                ActivationBytes = Figure.Counted(planned.ActivationBytes!.Value, Units.Bytes, "one step's arena, without the kernels' scratch memory"),
                StoredBytes = Stored(planned, "header, tensors in their planned formats and padding"),
            },
            Energy = new EnergyFigures { Joules = joules, CarbonGrams = Carbon(joules) },
            Money = new MoneyFigures { Dollars = dollars, DollarsPerMillionTokens = Scaled(dollars, Units.DollarsPerMillionTokens, 1e6 / work.GeneratedTokens, "dollars over generated tokens") },
            Communication = new CommunicationFigures { BytesReceived = Stored(planned, "to fetch the model once") },
            Efficiency = new EfficiencyFigures { TokensPerSecond = DecodeTokensPerSecond },
        };
    }

    Figure Stored(Cost planned, string how) => rewrite.IsCoded
        ? Figure.Modelled(planned.StoredBytes!.Value, Units.Bytes, $"{how}, coded to the entropy of a sample")
        : Figure.Counted(planned.StoredBytes!.Value, Units.Bytes, how);

    Figure Seconds() => PrefillTokensPerSecond.Value is { } prefill && DecodeTokensPerSecond.Value is { } decode
        ? Figure.Modelled((work.PromptTokens / prefill) + ((work.GeneratedTokens - 1) / decode), Units.Seconds, "prompt over its rate + answer over its rate")
        : Figure.Unavailable(Units.Seconds, meter.NoLimitsReason);

    Figure Joules(Cost planned, Figure seconds)
    {
        if (seconds.Value is not { } time)
        {
            return Figure.Unavailable(Units.Joules, meter.NoLimitsReason);
        }

        bool fits = planned.TrackedBytes <= meter.LastLevelCacheBytes;
        return EnergyModel.Estimate(new EnergyInputs(time, time * meter.Threads, meter.Threads, planned.Operations!.Value, planned.BytesMoved ?? 0, fits), meter.Coefficients).ToFigure();
    }

    Figure Dollars(Figure seconds, Figure joules) => seconds.Value is { } time && joules.Value is { } energy
        ? Figure.Modelled((meter.Threads * time / 3600 * meter.Prices.HardwareDollarsPerCoreHour) + (energy / EnergySection.JoulesPerKilowattHour * meter.Prices.ElectricityDollarsPerKilowattHour),
            Units.Dollars, "cores × time × hardware price + joules × electricity price")
        : Figure.Unavailable(Units.Dollars, meter.NoLimitsReason);

    Figure Carbon(Figure joules) => Scaled(joules, Units.Grams, meter.Grid.GramsPerKilowattHour / EnergySection.JoulesPerKilowattHour, $"joules × {meter.Grid.Description}");

    static Figure Scaled(Figure figure, string unit, double factor, string how) =>
        figure.Value is { } value ? Figure.Modelled(value * factor, unit, how) : Figure.Unavailable(unit, figure.How);
}
