namespace Shoestring.Tensors.Tests;

/// <summary>Which kernel set runs, and that a run that meant to force one did.</summary>
public class SimdPathTests
{
    const string Expected = "SHOESTRING_EXPECT_ISA";

    // .ci/run sets the variable beside each switch that it forces a path by; without it the best path is meant.
    [Fact]
    public void The_path_in_use_is_the_one_that_was_meant()
    {
        var meant = Environment.GetEnvironmentVariable(Expected) is { Length: > 0 } name
            ? Enum.Parse<SimdPath>(name, ignoreCase: true)
            : Simd.Best;
        Simd.Chosen.ShouldBe(meant);
    }

    [Fact]
    public void A_path_can_be_forced_by_name()
    {
        foreach (var path in Simd.Available)
            Simd.Choose(path.ToString().ToLowerInvariant()).ShouldBe(path);
        Simd.Choose("").ShouldBe(Simd.Best);
    }

    [Theory]
    [InlineData("sse9")]
    [InlineData("99")]
    public void An_unknown_path_is_refused_with_the_names_that_there_are(string name) =>
        Should.Throw<InputException>(() => Simd.Choose(name)).Message.ShouldContain("scalar, vector128, avx2");
}
