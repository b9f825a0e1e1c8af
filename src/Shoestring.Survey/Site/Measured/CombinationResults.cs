using System.Text.Json;
using Shoestring.Metering;

namespace Shoestring.Survey;

/// <summary>
/// The table of combinations that were measured in full: bytes of the file, and the loss of every block of a held-out text. All of them begin
/// with the same first technique, so that a combination's own effect is told against that technique alone.
/// </summary>
static class CombinationResults
{
    sealed record Point(string Setup, double Bytes, double[] Losses);

    /// <summary>Stored bytes and quality of each combination.</summary>
    public static IEnumerable<Measurement> Read(JsonElement root, string source)
    {
        Point[] points = [.. root.GetProperty("points").EnumerateArray().Select(Parse)];
        Point given = points.Single(point => point.Setup.Length == 0);
        string subject = $"{root.GetProperty("model").GetString()}, held-out {root.GetProperty("heldOutText").GetString()}, {given.Losses.Length} blocks of {root.GetProperty("context").GetInt32()} tokens";
        foreach (Point point in points.Where(point => point.Setup.Length > 0))
        {
            string[] techniques = MeasuredResults.Identifiers(point.Setup);
            Point against = techniques.Length == 1 ? given : Base(points, point, given);
            string[] own = techniques.Length == 1 || against == given ? techniques : techniques[1..];
            string words = against == given ? "the model as given" : against.Setup;
            yield return new Measurement(own, point.Setup, Resource.Memory, "stored bytes", point.Bytes / against.Bytes, null, null, MeasuredUnit.Ratio,
                "exact: bytes of the file", words, subject, source);
            if (PairedRatio.Of(against.Losses, point.Losses) is { } quality)
            {
                yield return new Measurement(own, point.Setup, null, "quality", quality.Value, quality.Low, quality.High, MeasuredUnit.Percent,
                    "paired 95 % interval over blocks", words, subject, source);
            }
        }
    }

    /// <summary>Bytes and quality of each combination against the model as given, for a plot.</summary>
    public static IEnumerable<(string Setup, double Bytes, PairedRatio Quality)> Front(JsonElement root)
    {
        Point[] points = [.. root.GetProperty("points").EnumerateArray().Select(Parse)];
        Point given = points.Single(point => point.Setup.Length == 0);
        return points.Select(point => (point.Setup, point.Bytes, PairedRatio.Of(given.Losses, point.Losses)))
            .Where(point => point.Item3 is not null).Select(point => (point.Setup, point.Bytes, point.Item3!.Value));
    }

    static Point Base(Point[] points, Point point, Point given) => points.FirstOrDefault(one => one.Setup == point.Setup.Split(' ')[0]) ?? given;

    static Point Parse(JsonElement point) => new(
        point.GetProperty("techniques").GetString()!, point.GetProperty("bytes").GetDouble(), [.. point.GetProperty("heldOut").EnumerateArray().Select(loss => loss.GetDouble())]);
}
