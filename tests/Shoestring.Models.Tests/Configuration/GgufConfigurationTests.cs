using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>What a GGUF says of its model is read as it stands, and refused where it is absurd.</summary>
public sealed class GgufConfigurationTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-configuration-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Sizes_are_those_of_the_metadata()
    {
        ModelConfiguration configuration = Read(SmallShape.Find("qwen3"), m => m);
        (configuration.Architecture, configuration.Width, configuration.Vocabulary, configuration.ContextLength).ShouldBe(("qwen3", 256, 320, 256));
        configuration.Blocks.ShouldBe([new BlockShape(8, 2, 64, 512), new BlockShape(8, 2, 64, 512)]);
        configuration.Rotary.ShouldNotBeNull().Layout.ShouldBe(RotaryLayout.Halves);
        configuration.TiedEmbeddings.ShouldBeFalse();
        Read(SmallShape.Find("qwen2"), m => m).TiedEmbeddings.ShouldBeTrue();
        Read(SmallShape.Find("llama-window"), m => m).Blocks[1].Window.ShouldBe(9);
        ModelConfiguration gpt2 = Read(SmallShape.Find("gpt2"), m => m);
        (gpt2.Rotary, gpt2.Norm, gpt2.FeedForward).ShouldBe((null, NormKind.Layer, FeedForwardKind.Gelu));
    }

    [Fact]
    public void A_file_of_our_own_layout_is_the_same_model_under_another_name()
    {
        ModelConfiguration plain = Read(SmallShape.Find("llama"), m => m), own = Read(SmallShape.Find("llama"), ShoestringLayout.Describe);
        (own.Architecture, own.Width, own.ContextLength, own.Rotary!.Layout).ShouldBe((plain.Architecture, plain.Width, plain.ContextLength, plain.Rotary!.Layout));
        own.Blocks.ShouldBe(plain.Blocks);
        Read(SmallShape.Find("llama"), m => ShoestringLayout.Describe(ShoestringLayout.Describe(m))).Blocks.ShouldBe(plain.Blocks);
        GgufMetadata named = ShoestringLayout.Describe(GgufMetadata.Of([("general.architecture", GgufValue.From("llama")), ("llama.block_count", GgufValue.From(2u)), ("llamas", GgufValue.From(1u))]));
        named.Keys.ShouldBe(["general.architecture", "llamas", "shoestring.llama.block_count"], ignoreOrder: true);
        named.GetString("general.architecture").ShouldBe("shoestring.llama");
    }

    [Fact]
    public void Blocks_may_differ_by_arrays() =>
        Read(SmallShape.Find("llama"), m => m.With("llama.feed_forward_length", GgufValue.FromArray<int>([512, 1024])))
            .Blocks.Select(b => b.FeedForwardWidth).ShouldBe([512, 1024]);

    [Theory]
    [InlineData("llama.embedding_length", 0u)]
    [InlineData("llama.embedding_length", 1u << 30)]
    [InlineData("llama.block_count", 1_000_000u)]
    [InlineData("llama.attention.head_count", 0u)]
    [InlineData("llama.attention.head_count_kv", 3u)]
    [InlineData("llama.attention.key_length", 4000u)]
    [InlineData("llama.rope.dimension_count", 33u)]
    [InlineData("llama.rope.dimension_count", 64u)]
    [InlineData("llama.rope.freq_base", 0f)]
    [InlineData("llama.rope.freq_base", float.NaN)]
    [InlineData("llama.rope.scaling.factor", -1f)]
    [InlineData("llama.rope.scaling.type", "spiral")]
    [InlineData("general.architecture", "mamba")]
    public void Absurd_values_are_refused(string key, object value) =>
        Should.Throw<ModelFileException>(() => Read(SmallShape.Find("llama"), m => m.With(key, value switch
        {
            uint number => GgufValue.From(number),
            float number => GgufValue.From(number),
            _ => GgufValue.From((string)value),
        })));

    ModelConfiguration Read(SmallShape shape, Func<GgufMetadata, GgufMetadata> change)
    {
        string path = Path.Combine(folder, "model.gguf");
        GgufWriter.Write(path, change(SmallMetadata.Of(shape)), [.. SmallTensors.Of(shape).Select(t => new TensorDeclaration(t.Name, t.Shape, TensorFormat.F16))],
            (t, stream) => stream.Write(new byte[t.Bytes]));
        using GgufFile file = GgufFile.Open(path);
        return GgufConfiguration.Read(file);
    }
}
