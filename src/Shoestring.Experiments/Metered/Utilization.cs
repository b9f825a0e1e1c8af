using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>
/// The share of this machine's measured limits that the work reached: the larger of the share of memory bandwidth and the share
/// of arithmetic, since the larger one binds.
/// </summary>
static class Utilization
{
    public static Figure Of(MeterOptions options, Cost counted, double seconds)
    {
        if (options.Limits is not { } limits)
        {
            return Figure.Unavailable(Units.One, options.NoLimitsReason);
        }

        bool one = options.Threads == 1;
        double? bandwidth = counted.BytesMoved / seconds / (one ? limits.ReadBytesPerSecondOneThread : limits.ReadBytesPerSecond);
        double? arithmetic = Seconds(counted.Operations, limits, one) / seconds;
        if (bandwidth is null && arithmetic is null)
        {
            return Figure.Unavailable(Units.One, "this work counted neither operations nor bytes moved");
        }

        bool memoryBinds = arithmetic is null || bandwidth > arithmetic;
        string how = $"{(memoryBinds ? "memory bandwidth" : "arithmetic")} binds (memory bandwidth {Share(bandwidth)}, arithmetic {Share(arithmetic)} "
            + $"of the limits of {(one ? 1 : limits.Threads)} threads measured on {limits.MeasuredAt:yyyy-MM-dd})";
        return Figure.Measured(memoryBinds ? bandwidth!.Value : arithmetic!.Value, Units.One, how);
    }

    // The time that the operations would take at the limits, each kind at its own; 16-bit kinds have no limit of their own and
    // go by the one of 32-bit floats.
    static double? Seconds(OperationCounts? operations, MachineLimits limits, bool one)
    {
        if (operations is not { } counts)
        {
            return null;
        }

        double float32 = one ? limits.Float32FlopsPerSecondOneThread : limits.Float32FlopsPerSecond;
        double int8 = (one ? limits.Int8OperationsPerSecondOneThread : limits.Int8OperationsPerSecond) ?? float32;
        return ((counts.Float32 + counts.Float16 + counts.Int16) / float32) + (counts.Int8 / int8);
    }

    static string Share(double? share) => share is { } known ? $"{100 * known:0.0} %" : "not counted";
}
