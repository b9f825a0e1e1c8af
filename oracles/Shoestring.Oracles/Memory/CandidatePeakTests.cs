using Shoestring.Experiments;
using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>A candidate's peak is its own, whatever was measured before it in the same process.</summary>
public class CandidatePeakTests(ITestOutputHelper output)
{
    const double MB = 1e6;

    [Fact]
    public void A_small_candidate_after_a_big_one_peaks_as_it_does_alone()
    {
        string folder = Directory.CreateTempSubdirectory("shoestring-oracle-").FullName;
        try
        {
            using WorkerPool pool = new(2);
            using GgufFile model = GgufFile.Open(TestData.Model("stories15M-f16.gguf"));
            MeasurerOptions options = MeasurerOptions.For(256, 50_000_000, new MeterOptions { Threads = 2 }, folder) with { Scoring = new ScoringOptions(256, 2), LoyaltyChunks = 1 };
            using ModelMeasurer measurer = new(model, File.ReadAllText(TestData.Find("corpora/TinyStories-valid.part30k.txt")), "text", pool, options);
            // The first measurement compiles the code that the others find compiled.
            Peak(measurer, small);
            double alone = Peak(measurer, small), big = Peak(measurer, CandidatePlan.Baseline), after = Peak(measurer, small);
            output.WriteLine($"alone {alone / MB:F1} MB, the big one {big / MB:F1}, after it {after / MB:F1}");
            big.ShouldBeGreaterThan(alone + (20 * MB));
            after.ShouldBe(alone, 8 * MB);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static readonly CandidatePlan small = new(["quantize:format=Q4_0"]);

    static double Peak(ModelMeasurer measurer, CandidatePlan plan) =>
        measurer.Finish([plan], static (_, _) => { }, TestContext.Current.CancellationToken)[0].Figures.PeakResidentBytes.Value!.Value;
}
