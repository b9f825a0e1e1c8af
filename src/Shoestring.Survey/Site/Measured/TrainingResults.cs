using System.Text.Json;
using Shoestring.Metering;

namespace Shoestring.Survey;

/// <summary>Memory and rate of training with LOMO and checkpointing, against AdamW on the same model.</summary>
static class TrainingResults
{
    const string Plain = "shoestring", Lomo = "shoestring-lomo-checkpointing";

    sealed record Side(double Rate, double Slowest, double Fastest, double Peak, double LeastPeak, double MostPeak);

    public static IEnumerable<Measurement> Read(JsonElement root, string source)
    {
        Dictionary<string, Side> sides = root.GetProperty("sides").EnumerateArray().ToDictionary(side => side.GetProperty("name").GetString()!, Parse);
        (Side plain, Side lomo) = (sides[Plain], sides[Lomo]);
        string[] techniques = ["lomo", "checkpointing"];
        string subject = root.GetProperty("model").GetString()!;
        string rounds = $"least and most over {root.GetProperty("rounds").GetInt32()} rounds";
        yield return new Measurement(techniques, "lomo checkpointing", Resource.Memory, "peak resident bytes of training", lomo.Peak / plain.Peak,
            lomo.LeastPeak / plain.MostPeak, lomo.MostPeak / plain.LeastPeak, MeasuredUnit.Ratio, rounds, "AdamW, everything kept", subject, source);
        yield return new Measurement(techniques, "lomo checkpointing", Resource.Computation, "time of a step", plain.Rate / lomo.Rate,
            plain.Slowest / lomo.Fastest, plain.Fastest / lomo.Slowest, MeasuredUnit.Ratio, rounds, "AdamW, everything kept", subject, source);
    }

    static Side Parse(JsonElement side)
    {
        double[] peaks = [.. side.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("peakResidentBytes").GetDouble())];
        return new Side(side.GetProperty("tokensPerSecond").GetDouble(), side.GetProperty("slowest").GetDouble(), side.GetProperty("fastest").GetDouble(),
            side.GetProperty("peakResidentBytes").GetDouble(), peaks.Min(), peaks.Max());
    }
}
