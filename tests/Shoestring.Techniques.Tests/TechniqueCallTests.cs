using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public class TechniqueCallTests
{
    [Theory]
    [InlineData("quantize", "quantize", "Q4_0", false)]
    [InlineData("quantize:format=Q8_0", "quantize:format=Q8_0", "Q8_0", false)]
    [InlineData("quantize: pure = true , format = Q6_K", "quantize:format=Q6_K,pure=true", "Q6_K", true)]
    public void Options_are_read_and_written_in_one_order(string text, string written, string format, bool pure)
    {
        TechniqueCall call = TechniqueCall.Parse(text);
        call.ToString().ShouldBe(written);
        QuantizationTargets.Parse(call.Value("format")).ToString().ShouldBe(format);
        call.Flag("pure").ShouldBe(pure);
    }

    [Theory]
    [InlineData("", "no technique ''")]
    [InlineData("zeroquant", "no technique 'zeroquant'")]
    [InlineData("quantize:", "no option ''")]
    [InlineData("quantize:bit=4", "no option 'bit'")]
    [InlineData("quantize:format", "has no value")]
    [InlineData("quantize:format=Q4_0,format=Q8_0", "given twice")]
    public void Faults_are_named(string text, string expected) =>
        Should.Throw<InputException>(() => TechniqueCall.Parse(text)).Message.ShouldContain(expected);

    [Fact]
    public void What_was_done_travels_in_the_metadata()
    {
        RunSetup setup = RunSetup.Empty.With(TechniqueCall.Parse("quantize:format=Q8_0")).With(TechniqueCall.Parse("quantize"));
        GgufMetadata metadata = setup.WriteTo(GgufMetadata.Empty);
        RunSetup.Read(metadata).Techniques.ShouldBe(["quantize:format=Q8_0", "quantize"]);
        RunSetup.Read(GgufMetadata.Empty).Techniques.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{\"techniques\":null}")]
    public void Metadata_of_others_is_refused(string json) =>
        Should.Throw<ModelFileException>(() => RunSetup.Read(GgufMetadata.Empty.With(RunSetup.Key, GgufValue.From(json)))).Message.ShouldContain(RunSetup.Key);
}

public class TechniqueListTests
{
    public static TheoryData<string> Ids => [.. TechniqueList.All.Select(technique => technique.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Each_has_papers_a_place_and_a_claim_for_each_resource(string id)
    {
        Technique technique = TechniqueList.Find(id);
        technique.Papers.ShouldNotBeEmpty();
        SurveyTree.Families.ShouldContain(technique.Family);
        technique.Claims.Select(claim => claim.Resource).ShouldBe(Enum.GetValues<Metering.Resource>());
        technique.Id.ShouldMatch("^[a-z0-9]+(-[a-z0-9]+)*$");
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Defaults_are_among_the_values(string id)
    {
        foreach (TechniqueOption option in TechniqueList.Find(id).Options.Where(option => option.Values.Count > 0))
        {
            option.Values.ShouldContain(option.Default);
        }
    }

    [Fact]
    public void The_tree_has_the_surveys_families_and_six_beyond_them() =>
        SurveyTree.Families.Except([SurveyTree.Lossless, SurveyTree.KeyValueCache, SurveyTree.OptimizerState, SurveyTree.ActivationMemory, SurveyTree.ModelGrowth, SurveyTree.Prompts]).Distinct().Count().ShouldBe(24);
}
