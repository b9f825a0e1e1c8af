namespace Shoestring.Cli;

/// <summary>This machine's measured limits, for people and in JSON.</summary>
static class MachineReport
{
    /// <summary>Writes them as lines.</summary>
    public static void Write(TextWriter output, Host host, MachineLimits limits)
    {
        var table = new TextTable("Limit", ">1 thread", $">{limits.Threads} threads")
            .Row("memory read", Format(limits.ReadBytesPerSecondOneThread, Units.BytesPerSecond), Format(limits.ReadBytesPerSecond, Units.BytesPerSecond))
            .Row("fp32 multiply-add", Format(limits.Float32FlopsPerSecondOneThread, Units.FlopsPerSecond), Format(limits.Float32FlopsPerSecond, Units.FlopsPerSecond))
            .Row("int8 multiply-add", Format(limits.Int8OperationsPerSecondOneThread, "OP/s"), Format(limits.Int8OperationsPerSecond, "OP/s"));
        table.Write(output, host);
        var kernels = new TextTable("Products, multiply-adds a second", ">1 row, 1 thread", $">1 row, {limits.Threads} threads", ">64 rows, 1 thread", $">64 rows, {limits.Threads} threads");
        foreach ((KernelRate one, KernelRate all) in limits.KernelsOneThread.Zip(limits.Kernels))
        {
            kernels.Row(one.Format, Format(one.OneRow, "MAC/s"), Format(all.OneRow, "MAC/s"), Format(one.ManyRows, "MAC/s"), Format(all.ManyRows, "MAC/s"));
        }

        kernels.Write(output, host);
        output.WriteLine($"{limits.Processor}, measured on {Date(limits)}");
    }

    /// <summary>Writes them as fields.</summary>
    public static void Fields(Utf8JsonWriter writer, MachineLimits limits)
    {
        writer.WriteString("processor", limits.Processor);
        writer.WriteNumber("threads", limits.Threads);
        writer.Strings("instructionSets", limits.InstructionSets);
        writer.WriteString("measuredAt", limits.MeasuredAt);
        writer.Number("readBytesPerSecondOneThread", limits.ReadBytesPerSecondOneThread);
        writer.Number("readBytesPerSecond", limits.ReadBytesPerSecond);
        writer.Number("float32FlopsPerSecondOneThread", limits.Float32FlopsPerSecondOneThread);
        writer.Number("float32FlopsPerSecond", limits.Float32FlopsPerSecond);
        writer.Number("int8OperationsPerSecondOneThread", limits.Int8OperationsPerSecondOneThread);
        writer.Number("int8OperationsPerSecond", limits.Int8OperationsPerSecond);
        writer.Objects("kernels", limits.Kernels, kernel =>
        {
            writer.WriteString("format", kernel.Format);
            writer.WriteNumber("oneRowMultiplyAddsPerSecond", kernel.OneRow);
            writer.WriteNumber("manyRowsMultiplyAddsPerSecond", kernel.ManyRows);
        });
    }

    static string Date(MachineLimits limits) => limits.MeasuredAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    static string Format(double? value, string unit) => value is { } known ? FigureText.Format(known, unit) : "–";
}
