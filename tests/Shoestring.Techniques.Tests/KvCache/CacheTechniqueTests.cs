using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class CacheTechniqueTests : IDisposable
{
    readonly WorkerPool pool = new(1);

    public void Dispose() => pool.Dispose();

    [Fact]
    public void The_file_says_how_keys_and_values_are_kept_and_its_weights_stay()
    {
        using var model = new TinyModel();
        model.Apply(pool, "kivi:bits=2", "streaming-llm:window=64,sinks=2");
        using GgufFile written = GgufFile.Open(model.Output);
        RunSetup setup = RunSetup.Read(written.Metadata);
        setup.Cache.ShouldBe(new CacheOptions { Format = KvFormat.Kivi2, Eviction = new StreamingOptions(64, 2) });
        setup.CacheCalls.Select(call => call.ToString()).ShouldBe(["kivi:bits=2", "streaming-llm:sinks=2,window=64"]);
        model.Logits(model.Output, pool).ShouldBe(model.Logits(model.Path, pool));
    }

    [Theory]
    [InlineData("kv-quantize", KvFormat.Q8_0)]
    [InlineData("kv-quantize:type=q4_0", KvFormat.Q4_0)]
    [InlineData("kivi", KvFormat.Kivi4)]
    [InlineData("kivi:bits=8", KvFormat.Kivi8)]
    public void Formats_are_those_that_are_named(string call, KvFormat format) => Setup(call).Cache!.Format.ShouldBe(format);

    [Fact]
    public void Heavy_hitters_come_with_their_numbers() =>
        Setup("h2o:heavy-hitters=5,recent=7").Cache!.Eviction.ShouldBe(new HeavyHitterOptions(5, 7));

    [Fact]
    public void Techniques_on_weights_say_nothing_of_the_cache() => Setup("quantize", "wanda").Cache.ShouldBeNull();

    [Theory]
    [InlineData("kv-quantize:type=f16")]
    [InlineData("kivi:bits=3")]
    [InlineData("streaming-llm:window=0")]
    public void Options_that_make_no_sense_are_refused(string call) => Should.Throw<InputException>(() => Setup(call).Cache);

    static RunSetup Setup(params string[] calls) => calls.Aggregate(RunSetup.Empty, (setup, call) => setup.With(TechniqueCall.Parse(call)));
}
