using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey.Tests;

public sealed class MeasuredResultsTests
{
    static readonly MeasuredResults results = MeasuredResults.BuiltIn();

    // Differences 0.1, 0.2, 0.3: mean 0.2, deviation 0.1, t(2) 4.3027: half-width 4.3027·0.1/√3 = 0.24842.
    [Fact]
    public void Quality_has_the_paired_interval_of_a_textbook()
    {
        PairedRatio ratio = PairedRatio.Of([1, 2, 3], [1.1, 2.2, 3.3])!.Value;
        ratio.Value.ShouldBe(100 * Math.Exp(-0.2), 1e-9);
        ratio.Low.ShouldBe(100 * Math.Exp(-0.2 - 0.24842), 1e-3);
        ratio.High.ShouldBe(100 * Math.Exp(-0.2 + 0.24842), 1e-3);
    }

    [Fact]
    public void One_block_leaves_the_interval_unknown()
    {
        PairedRatio.Of([1], [2]).ShouldBeNull();
        PairedRatio.Of([1, 2], [1]).ShouldBeNull();
    }

    // 31,118,112 of 49,550,112 bytes, and no answer changed.
    [Fact]
    public void A_technique_alone_is_held_against_the_model_as_given()
    {
        Measurement[] tied = [.. results.Of("tie-embeddings").Where(one => one.IsSingle)];
        tied.Select(one => one.Resource).ShouldBe([Resource.Memory, null]);
        tied[0].Value.ShouldBe(31118112.0 / 49550112, 1e-12);
        tied[1].Value.ShouldBe(100);
        tied.ShouldAllBe(one => one.Against == "the model as given");
    }

    // 16,879,424 of 31,118,112 bytes: what stands before the technique is what it is held against.
    [Fact]
    public void A_technique_after_another_is_held_against_that_one()
    {
        Measurement bytes = results.Of("quantize").Single(one => one is { Resource: Resource.Memory, Setup: "tie-embeddings quantize:format=Q8_0" });
        bytes.IsSingle.ShouldBeTrue();
        bytes.Value.ShouldBe(16879424.0 / 31118112, 1e-12);
        bytes.Low.ShouldBeNull();
        Measurement quality = results.Of("quantize").Single(one => one is { Resource: null, Setup: "tie-embeddings quantize:format=Q4_0" });
        quality.Low!.Value.ShouldBeLessThan(quality.Value);
        quality.High!.Value.ShouldBeGreaterThan(quality.Value);
        quality.Value.ShouldBeInRange(85, 95);
    }

    [Fact]
    public void Every_figure_names_techniques_that_are_there_its_spread_and_a_committed_file()
    {
        results.All.Count.ShouldBeGreaterThan(140);
        results.All.SelectMany(one => one.Techniques).Distinct().ShouldBeSubsetOf(TechniqueList.All.Select(technique => technique.Id));
        results.All.ShouldAllBe(one => SiteResource.Names.Contains(one.Source) && one.Spread.Length > 0 && double.IsFinite(one.Value) && one.Value > 0);
        results.All.ShouldAllBe(one => (one.Low == null && one.Spread.StartsWith("exact")) || (one.Low <= one.Value && one.Value <= one.High));
    }

    [Fact]
    public void Training_and_rates_are_told_with_what_they_were_held_against()
    {
        results.Of("lomo").Single(one => one.Resource == Resource.Memory).Value.ShouldBeInRange(0.25, 0.4);
        results.Of("quantize").Where(one => one.Resource == Resource.Computation && one.Setup == "quantize:format=Q4_0").Select(one => one.Quantity).Distinct()
            .ShouldBe(["time per token, reading a prompt", "time per token, decoding"], ignoreOrder: true);
        results.Of("sparsegpt").Count(one => one.Resource == Resource.Computation).ShouldBe(4);
    }

    [Fact]
    public void What_was_not_measured_says_so() =>
        TechniqueEvidence.Figures(results.Of("dora"), Resource.Energy).ToString().ShouldBe("<span class=\"missing\">not measured here</span>");
}
