using Shoestring.Metering;

namespace Shoestring.Experiments.Tests;

static class Candidates
{
    public static Candidate Make(string name, double bytes, double? quality, double? low = null, double? high = null, double? decode = null) => new()
    {
        Techniques = name.Length == 0 ? [] : [name],
        Measured = new CandidateFigures
        {
            StoredBytes = Figure.Counted(bytes, Units.Bytes, "test"),
            Quality = quality is { } value ? Figure.Measured(value, Units.Percent, "test").Within(low ?? value, high ?? value) : Figure.Unavailable(Units.Percent, "test"),
            DecodeTokensPerSecond = decode is { } rate ? Figure.Measured(rate, Units.TokensPerSecond, "test") : Figure.Unavailable(Units.TokensPerSecond, "test"),
        },
        Receipt = new Receipt { Work = new Work("measure") },
    };
}
