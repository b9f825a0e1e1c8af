namespace Shoestring.Cli;

/// <summary>A model's measured rates and their shares of this machine's limits.</summary>
/// <param name="Result">The rates.</param>
/// <param name="Limits">The machine's limits, or null.</param>
/// <param name="NoLimits">Why there are none.</param>
sealed record BenchReport(BenchResult Result, MachineLimits? Limits, string NoLimits)
{
    /// <summary>Share of memory bandwidth that decoding reaches, by the weights, keys and values that it reads.</summary>
    public double? DecodeShare(int threads) => Limits is null ? null
        : Result.Decode.Median * Result.DecodeBytesPerToken / (threads == 1 ? Limits.ReadBytesPerSecondOneThread : Limits.ReadBytesPerSecond);

    /// <summary>Share of arithmetic that prefill reaches, each kind of operands by its own limit.</summary>
    public double? PrefillShare(int threads) => Limits is null ? null : Result.Prefill.Median * LeastSecondsPerToken(Limits, threads == 1);

    double LeastSecondsPerToken(MachineLimits limits, bool one)
    {
        double floats = one ? limits.Float32FlopsPerSecondOneThread : limits.Float32FlopsPerSecond;
        double integers = (one ? limits.Int8OperationsPerSecondOneThread : limits.Int8OperationsPerSecond) ?? floats;
        return (Result.PrefillOperationsPerToken.Float32 / floats) + (Result.PrefillOperationsPerToken.Int8 / integers);
    }

    /// <summary>Writes it for people.</summary>
    public void Write(TextWriter output, Host host, int threads)
    {
        var table = new TextTable("Tokens per second", ">Median", ">Minimum", ">Maximum", "Share of limit");
        Row(table, "prefill", Result.Prefill, Share(PrefillShare(threads), "arithmetic"));
        Row(table, "decode", Result.Decode, Share(DecodeShare(threads), "memory bandwidth"));
        foreach (BatchRate rate in Result.Batched)
        {
            Row(table, $"decode, batch {rate.Batch}", rate.TokensPerSecond, "");
        }

        table.Write(output, host);
        output.WriteLine(Limits is null ? $"shares: {NoLimits}" : $"limits measured on {Limits.MeasuredAt.UtcDateTime:yyyy-MM-dd}");
    }

    /// <summary>Writes the JSON fields.</summary>
    public void Fields(Utf8JsonWriter writer, int threads)
    {
        Rates(writer, "prefillTokensPerSecond", Result.Prefill);
        Rates(writer, "decodeTokensPerSecond", Result.Decode);
        writer.Objects("batched", Result.Batched, rate =>
        {
            writer.WriteNumber("batch", rate.Batch);
            Rates(writer, "tokensPerSecond", rate.TokensPerSecond);
        });
        writer.Number("prefillShareOfArithmetic", PrefillShare(threads));
        writer.Number("decodeShareOfBandwidth", DecodeShare(threads));
        writer.Object("machine", () => Machine(writer));
    }

    void Machine(Utf8JsonWriter writer)
    {
        if (Limits is not null)
        {
            MachineReport.Fields(writer, Limits);
            return;
        }

        writer.WriteString("processor", MachineDescription.Current.Processor);
        writer.WriteNumber("threads", MachineDescription.Current.Threads);
        writer.Strings("instructionSets", MachineDescription.Current.InstructionSets);
        writer.WriteNull("measuredAt");
        writer.WriteString("reason", NoLimits);
    }

    static void Row(TextTable table, string name, RateSamples rates, string share) =>
        table.Row(name, Rate(rates.Median), Rate(rates.Minimum), Rate(rates.Maximum), share);

    static string Rate(double rate) => RateText.Of(rate);

    static string Share(double? share, string of) => share is { } known ? string.Create(CultureInfo.InvariantCulture, $"{100 * known:0} % of {of}") : "";

    static void Rates(Utf8JsonWriter writer, string name, RateSamples rates) => writer.Object(name, () =>
    {
        writer.Number("median", rates.Median);
        writer.Number("min", rates.Minimum);
        writer.Number("max", rates.Maximum);
    });
}
