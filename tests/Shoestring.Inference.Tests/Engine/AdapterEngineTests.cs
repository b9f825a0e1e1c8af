using Shoestring.Models;
using Shoestring.Models.Tests;

namespace Shoestring.Inference.Tests;

/// <summary>Adapters are changed between requests on a loaded model, and answers follow.</summary>
public sealed class AdapterEngineTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    static GenerationRequest Request(int number, int prompt, int tokens = 20) =>
        new(EngineFixture.Prompt($"request {number}", prompt)) { MaximumTokens = tokens, Sampling = new SamplingOptions { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = 11 }, IgnoreEndOfText = true, ShiftContext = true, Number = (ulong)number };

    int[] Tokens(GenerationRequest request, EngineOptions? options = null) => [.. fixture.Generate(request, options).Select(piece => piece.Token)];

    static Adapter LowRank(ModelConfiguration model, string name) => new([.. model.Blocks.SelectMany((block, b) => LayerShape.Of(model, block).Select(layer =>
        new LowRankPart(TensorNames.Block(b, layer.Name), 2, Normal($"{name} {b} {layer.Name} a", 2 * layer.Inputs), Normal($"{name} {b} {layer.Name} b", 2 * layer.Outputs)) { Alpha = 2 }))]);

    static Adapter Prefix(ModelConfiguration model) => new([.. model.Blocks.Select((block, b) =>
        new PrefixPart(b, 5, SmallNumbers.Normal($"k {b}", 5 * block.KvHeads * block.HeadChannels), SmallNumbers.Normal($"v {b}", 5 * block.KvHeads * block.HeadChannels)))]);

    static float[] Normal(string name, int count) => [.. SmallNumbers.Normal(name, count).Select(value => 0.2f * value)];

    [Fact]
    public void Answers_follow_what_is_attached()
    {
        AdapterSet adapters = fixture.Model.Adapters;
        Adapter[] all = [LowRank(fixture.Model.Configuration, "one"), LowRank(fixture.Model.Configuration, "two"), Prefix(fixture.Model.Configuration)];
        int[] before = Tokens(Request(1, 9));
        List<int[]> seen = [before];
        foreach (Adapter adapter in all)
        {
            AttachedAdapter attached = adapters.Attach(adapter);
            int[] adapted = Tokens(Request(1, 9));
            Tokens(Request(1, 9), new EngineOptions { BatchRows = 1, MaximumSequences = 1 }).ShouldBe(adapted);
            adapters.Detach(attached);
            Tokens(Request(1, 9)).ShouldBe(before);
            seen.ShouldAllBe(other => !other.SequenceEqual(adapted));
            seen.Add(adapted);
        }
    }

    // Sequences side by side, and contexts that overflow, with rows before each text.
    [Fact]
    public void Requests_under_a_prefix_give_the_tokens_that_they_give_alone()
    {
        AttachedAdapter attached = fixture.Model.Adapters.Attach(Prefix(fixture.Model.Configuration));
        EngineOptions options = new() { Context = 24, BatchRows = 7, MaximumSequences = 4 };
        GenerationRequest[] requests = [.. Enumerable.Range(0, 4).Select(i => Request(i, 3 + (i * 4), 30))];
        int[][] alone = [.. requests.Select(request => Tokens(request, options))];
        using Engine engine = fixture.Engine(options);
        List<Generation> generations = [];
        foreach (GenerationRequest request in requests)
        {
            generations.Add(engine.Submit(request));
            engine.Step();
        }
        while (engine.Step())
        {
            generations.ShouldAllBe(generation => generation.State.Length <= 24);
        }
        generations.Select(generation => generation.Tokens.ToArray()).ShouldBe(alone);
        generations.ForEach(generation => generation.Dispose());
        fixture.Model.Adapters.Detach(attached);
    }
}
