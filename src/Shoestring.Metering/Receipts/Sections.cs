using System.Text.Json.Serialization;
using static Shoestring.Metering.ReceiptDefaults;

namespace Shoestring.Metering;

/// <summary>What the arithmetic came to.</summary>
public sealed record ComputationFigures
{
    /// <summary>Floating-point operations; one multiply-add is two.</summary>
    public Figure Flops { get; init => field = value ?? NotReported(Units.Flops); } = NotReported(Units.Flops);

    /// <summary>Wall-clock seconds of the whole piece of work.</summary>
    public Figure Seconds { get; init => field = value ?? NotReported(Units.Seconds); } = NotReported(Units.Seconds);

    /// <summary>Operations over wall-clock seconds.</summary>
    public Figure FlopsPerSecond { get; init => field = value ?? NotReported(Units.FlopsPerSecond); } = NotReported(Units.FlopsPerSecond);

    /// <summary>Share of this machine's measured limit that binds, 0 to 1.</summary>
    public Figure Utilization { get; init => field = value ?? NotReported(Units.One); } = NotReported(Units.One);

    /// <summary>Seconds of processor time, user and system, summed over threads.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Figure? ProcessorSeconds { get; init; }
}

/// <summary>Bytes by kind. All but the peak are what our own allocator or the file says.</summary>
public sealed record MemoryFigures
{
    /// <summary>The most physical memory that the process held.</summary>
    public Figure PeakResidentBytes { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);

    /// <summary>Weights in memory.</summary>
    public Figure WeightBytes { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);

    /// <summary>Keys and values, or other state of the sequences.</summary>
    public Figure KvCacheBytes { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);

    /// <summary>Activations and other scratch memory.</summary>
    public Figure ActivationBytes { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);

    /// <summary>Gradients.</summary>
    public Figure GradientBytes { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);

    /// <summary>The optimizer's state.</summary>
    public Figure OptimizerBytes { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);

    /// <summary>The model on disk.</summary>
    public Figure StoredBytes { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);
}

/// <summary>Energy and its carbon.</summary>
public sealed record EnergyFigures
{
    /// <summary>Energy of the work: measured where a counter exists, else modelled.</summary>
    public Figure Joules { get; init => field = value ?? NotReported(Units.Joules); } = NotReported(Units.Joules);

    /// <summary>Grams of carbon dioxide equivalent behind that energy.</summary>
    public Figure CarbonGrams { get; init => field = value ?? NotReported(Units.Grams); } = NotReported(Units.Grams);

    /// <summary>What the model says where <see cref="Joules"/> was measured; otherwise null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Figure? ModelledJoules { get; init; }
}

/// <summary>Dollars.</summary>
public sealed record MoneyFigures
{
    /// <summary>Hardware time and electricity of the work.</summary>
    public Figure Dollars { get; init => field = value ?? NotReported(Units.Dollars); } = NotReported(Units.Dollars);

    /// <summary>The same for a million output tokens.</summary>
    public Figure DollarsPerMillionTokens { get; init => field = value ?? NotReported(Units.DollarsPerMillionTokens); } = NotReported(Units.DollarsPerMillionTokens);
}

/// <summary>Bytes over the network.</summary>
public sealed record CommunicationFigures
{
    /// <summary>Bytes that the process sent.</summary>
    public Figure BytesSent { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);

    /// <summary>Bytes that the process received.</summary>
    public Figure BytesReceived { get; init => field = value ?? NotReported(Units.Bytes); } = NotReported(Units.Bytes);
}

/// <summary>Output per resource.</summary>
public sealed record EfficiencyFigures
{
    /// <summary>Output tokens per wall-clock second of the whole work.</summary>
    public Figure TokensPerSecond { get; init => field = value ?? NotReported(Units.TokensPerSecond); } = NotReported(Units.TokensPerSecond);

    /// <summary>Output tokens per joule.</summary>
    public Figure TokensPerJoule { get; init => field = value ?? NotReported(Units.TokensPerJoule); } = NotReported(Units.TokensPerJoule);

    /// <summary>Output tokens per dollar.</summary>
    public Figure TokensPerDollar { get; init => field = value ?? NotReported(Units.TokensPerDollar); } = NotReported(Units.TokensPerDollar);
}

/// <summary>What was bought. Only <see cref="Perplexity"/> is on every receipt.</summary>
public sealed record QualityFigures
{
    /// <summary>Perplexity on the text that the work scored.</summary>
    public Figure Perplexity { get; init => field = value ?? NotScored; } = NotScored;

    /// <summary>100·exp(NLL of the original − NLL of the candidate), in per cent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Figure? Quality { get; init; }

    /// <summary>Share of tasks answered rightly.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Figure? Accuracy { get; init; }

    /// <summary>Share of positions at which the most likely token is the original's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Figure? TopOneAgreement { get; init; }

    /// <summary>Mean Kullback–Leibler divergence from the original, in nats.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Figure? MeanKullbackLeibler { get; init; }
}

// A document may leave a figure out, and the source-generated reader then sets it to null: each setter puts the reason there.
static class ReceiptDefaults
{
    public static Figure NotScored { get; } = Figure.Unavailable(Units.One, "this work scored no text");

    public static Figure NotReported(string unit) => Figure.Unavailable(unit, "not reported by this work");
}
