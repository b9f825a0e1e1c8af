using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Stretched rotary frequencies survive conversion, and newer and older spellings of a configuration mean the same.</summary>
public sealed class RotaryConversionTests : IDisposable
{
    readonly SmallFolder folder = new(SmallShape.Find("llama"), TensorFormat.F16);

    public void Dispose() => folder.Dispose();

    public static TheoryData<string, Dictionary<string, object?>> Scalings => new()
    {
        { "linear", new() { ["type"] = "linear", ["factor"] = 2.5 } },
        { "llama3", new() { ["rope_type"] = "llama3", ["factor"] = 8.0, ["low_freq_factor"] = 1.0, ["high_freq_factor"] = 4.0, ["original_max_position_embeddings"] = 64 } },
        { "yarn", new() { ["rope_type"] = "yarn", ["factor"] = 4.0, ["original_max_position_embeddings"] = 64, ["beta_fast"] = 16.0, ["beta_slow"] = 2.0 } },
    };

    [Theory]
    [MemberData(nameof(Scalings))]
    public void Stretched_frequencies_are_the_folder_s(string kind, Dictionary<string, object?> scaling)
    {
        folder.Config["rope_scaling"] = scaling;
        using ConvertedFile converted = new(folder.Save().Path);
        Rotary read = ConvertedModelTests.Read(converted.Path).Rotary!, written = ConvertedModelTests.Read(folder.Path).Rotary!;
        read.Layout.ShouldBe(RotaryLayout.Interleaved);
        read.Magnitude.ShouldBe(written.Magnitude);
        for (int i = 0; i < read.Frequencies.Length; i++)
        {
            read.Frequencies[i].ShouldBe(written.Frequencies[i], 1e-7 * written.Frequencies[i]);
        }
        written.Frequencies.ShouldNotBe(RotaryFrequencies.Plain(10_000, 32), kind);
        using GgufFile file = GgufFile.Open(converted.Path);
        (file.Find("rope_freqs.weight") is not null).ShouldBe(kind == "llama3");
    }

    // Worked out by hand from the published rule: wavelengths of 2π, 2π·316, with an original context of 64 and limits 64 and 16.
    [Fact]
    public void Llama_3_s_divisors_are_1_for_short_waves_and_the_factor_for_long_ones()
    {
        folder.Config["rope_scaling"] = new Dictionary<string, object?> { ["rope_type"] = "llama3", ["factor"] = 8.0, ["low_freq_factor"] = 1.0, ["high_freq_factor"] = 4.0, ["original_max_position_embeddings"] = 64 };
        using ConvertedFile converted = new(folder.Save().Path);
        using GgufFile file = GgufFile.Open(converted.Path);
        float[] divisors = [.. ConvertedFile.Whole(file, "rope_freqs.weight").Chunk(4).Select(bytes => BitConverter.ToSingle(bytes))];
        divisors.Length.ShouldBe(16);
        divisors[0].ShouldBe(1);
        divisors[^1].ShouldBe(8);
        divisors.ShouldBe([.. divisors.Order()]);
    }

    [Fact]
    public void The_base_may_stand_among_the_rope_parameters()
    {
        folder.Config.Remove("rope_theta");
        folder.Config["rope_parameters"] = new Dictionary<string, object?> { ["rope_type"] = "default", ["rope_theta"] = 500_000.0 };
        ConvertedModelTests.Read(folder.Save().Path).Rotary!.Frequencies.ShouldBe(RotaryFrequencies.Plain(500_000, 32));
    }

    [Theory]
    [InlineData("dynamic", 2.0, "dynamic")]
    [InlineData("linear", 0.0, "factor is 0")]
    [InlineData("linear", -1.0, "factor is -1")]
    public void A_scaling_that_makes_no_sense_is_named(string type, double factor, string named)
    {
        folder.Config["rope_scaling"] = new Dictionary<string, object?> { ["rope_type"] = type, ["factor"] = factor };
        Should.Throw<ModelFileException>(() => ConvertedModelTests.Read(folder.Save().Path)).Message.ShouldContain(named);
    }
}
