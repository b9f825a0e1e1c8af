namespace Shoestring.Models.Tests;

/// <summary>Adapters of small models with random numbers, reproducible by a name.</summary>
static class SmallAdapter
{
    public const int Rank = 4;

    /// <summary>Low-rank matrices on every linear layer.</summary>
    public static Adapter LowRank(ModelConfiguration model, string name, bool rankStabilized = false) => new([.. Layers(model).Select(layer =>
        new LowRankPart(layer.Name, Rank, Normal($"{name} {layer.Name} a", Rank * layer.Shape.Inputs, 0.05), Normal($"{name} {layer.Name} b", layer.Shape.Outputs * Rank, 0.2))
        {
            Alpha = 6,
            IsRankStabilized = rankStabilized,
        })]);

    /// <summary>The same with magnitudes of about <paramref name="size"/>.</summary>
    public static Adapter Decomposed(ModelConfiguration model, string name, double size = 1) => new([.. LowRank(model, name).Parts.Cast<LowRankPart>().Select(part =>
        part with { Magnitude = [.. Normal($"{name} {part.Layer} m", part.Outputs!.Value, 0.1).Select(v => (float)(size + v))] })]);

    /// <summary>Factors of keys and values, or of what goes into ffn_down.</summary>
    public static Adapter Channels(ModelConfiguration model, string name) => new([.. Layers(model).Where(layer => layer.Shape.Name is "attn_k" or "attn_v" or "ffn_down").Select(layer =>
        new ChannelPart(layer.Name, [.. Normal($"{name} {layer.Name}", layer.Shape.Name == "ffn_down" ? layer.Shape.Inputs : layer.Shape.Outputs, 0.3).Select(v => 1 + v)], layer.Shape.Name == "ffn_down"))]);

    /// <summary>Serial adapters behind both sublayers.</summary>
    public static Adapter Serial(ModelConfiguration model, string name) => new([.. Layers(model).Where(layer => layer.Shape.Name is "attn_output" or "ffn_down").Select(layer =>
        new SerialPart(layer.Name, Normal($"{name} {layer.Name} D", 5 * model.Width, 0.06), Normal($"{name} {layer.Name} d", 5, 0.3), Normal($"{name} {layer.Name} U", model.Width * 5, 0.2), Normal($"{name} {layer.Name} u", model.Width, 0.1)))]);

    public const int Rows = 3;

    /// <summary>Inputs before every text.</summary>
    public static Adapter Prompt(ModelConfiguration model, string name) => new([new PromptPart(Rows, Normal(name, Rows * model.Width, 1))]);

    /// <summary>Keys and values before every text.</summary>
    public static Adapter Prefix(ModelConfiguration model, string name) => new([.. model.Blocks.Select((block, b) =>
        new PrefixPart(b, Rows, Normal($"{name} {b} k", Rows * block.KvHeads * block.HeadChannels, 1), Normal($"{name} {b} v", Rows * block.KvHeads * block.HeadChannels, 1)))]);

    static IEnumerable<(string Name, LayerShape Shape)> Layers(ModelConfiguration model) =>
        model.Blocks.SelectMany((block, b) => LayerShape.Of(model, block).Select(layer => (TensorNames.Block(b, layer.Name), layer)));

    static float[] Normal(string name, int count, double deviation) => [.. SmallNumbers.Normal(name, count).Select(v => (float)(deviation * v))];

    /// <summary>Whether two hold the same bits for the same layers.</summary>
    public static void ShouldBeSame(this Adapter actual, Adapter expected)
    {
        actual.Parts.Select(part => part.Layer).ShouldBe(expected.Parts.Select(part => part.Layer));
        foreach ((AdapterPart one, AdapterPart other) in actual.Parts.Zip(expected.Parts))
        {
            one.GetType().ShouldBe(other.GetType());
            one.Values.Count().ShouldBe(other.Values.Count());
            one.Values.Zip(other.Values).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)).ShouldBeTrue(one.Layer);
            ((one as LowRankPart)?.Scale).ShouldBe((other as LowRankPart)?.Scale);
        }
    }
}
