using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>The figures of a receipt that the ledger's table has as columns, and whether adding them up makes sense.</summary>
static class LedgerColumns
{
    public readonly record struct Column(string Name, bool Adds, Func<Receipt, Figure> Figure);

    public static IReadOnlyList<Column> All { get; } =
    [
        new("flops", true, receipt => receipt.Computation.Flops),
        new("seconds", true, receipt => receipt.Computation.Seconds),
        new("flopsPerSecond", false, receipt => receipt.Computation.FlopsPerSecond),
        new("utilization", false, receipt => receipt.Computation.Utilization),
        new("peakResidentBytes", false, receipt => receipt.Memory.PeakResidentBytes),
        new("weightBytes", false, receipt => receipt.Memory.WeightBytes),
        new("kvCacheBytes", false, receipt => receipt.Memory.KvCacheBytes),
        new("activationBytes", false, receipt => receipt.Memory.ActivationBytes),
        new("gradientBytes", false, receipt => receipt.Memory.GradientBytes),
        new("optimizerBytes", false, receipt => receipt.Memory.OptimizerBytes),
        new("storedBytes", false, receipt => receipt.Memory.StoredBytes),
        new("joules", true, receipt => receipt.Energy.Joules),
        new("carbonGrams", true, receipt => receipt.Energy.CarbonGrams),
        new("dollars", true, receipt => receipt.Money.Dollars),
        new("dollarsPerMillionTokens", false, receipt => receipt.Money.DollarsPerMillionTokens),
        new("bytesSent", true, receipt => receipt.Communication.BytesSent),
        new("bytesReceived", true, receipt => receipt.Communication.BytesReceived),
        new("tokensPerSecond", false, receipt => receipt.Efficiency.TokensPerSecond),
        new("tokensPerJoule", false, receipt => receipt.Efficiency.TokensPerJoule),
        new("tokensPerDollar", false, receipt => receipt.Efficiency.TokensPerDollar),
        new("perplexity", false, receipt => receipt.Quality.Perplexity),
    ];
}
