using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>What was done to a model, in order, as its file carries it under <c>shoestring.setup</c>.</summary>
/// <param name="Techniques">The techniques, each in the words of the command line.</param>
public sealed record RunSetup(IReadOnlyList<string> Techniques)
{
    /// <summary>The metadata key.</summary>
    public const string Key = LanguageModel.SetupKey;

    /// <summary>Nothing was done.</summary>
    public static RunSetup Empty { get; } = new([]);

    /// <summary>What a model's metadata says was done to it.</summary>
    /// <exception cref="ModelFileException">The key holds something else.</exception>
    public static RunSetup Read(GgufMetadata metadata)
    {
        if (!metadata.TryGet(Key, out GgufValue? value))
        {
            return Empty;
        }

        return OfModel(value.AsUtf8());
    }

    /// <summary>What was done to a model.</summary>
    /// <exception cref="ModelFileException">Its file holds something else.</exception>
    public static RunSetup Of(LanguageModel model) => model.Setup is { } text ? OfModel(Encoding.UTF8.GetBytes(text)) : Empty;

    /// <summary>A recipe: the same JSON in a file of its own, <c>{"techniques":["gptq:format=Q4_0"]}</c>.</summary>
    /// <param name="json">The file's bytes.</param>
    /// <param name="path">Its path, for the error's text.</param>
    /// <exception cref="InputException">It holds something else, or a technique that there is not.</exception>
    public static IReadOnlyList<TechniqueCall> Recipe(ReadOnlySpan<byte> json, string path) =>
        [.. (TryParse(json, out _) ?? throw new InputException("it is no recipe", path, "write {\"techniques\":[\"ID:option=value\", …]}, as in the folder recipes")).Techniques.Select(TechniqueCall.Parse)];

    /// <summary>How keys and values are to be kept, by the techniques that say so; null where none does.</summary>
    /// <exception cref="InputException">A technique is unknown to this version, or has an option that is.</exception>
    [JsonIgnore]
    public CacheOptions? Cache => CacheCalls.ToArray() is { Length: > 0 } calls
        ? calls.Aggregate(new CacheOptions(), (options, call) => call.Technique.Cache!(call, options)) : null;

    /// <summary>The techniques that say how keys and values are kept.</summary>
    [JsonIgnore]
    public IEnumerable<TechniqueCall> CacheCalls => Techniques.Select(TechniqueCall.Parse).Where(call => call.Technique.Cache is not null);

    static RunSetup OfModel(ReadOnlySpan<byte> json) =>
        TryParse(json, out JsonException? fault) ?? throw new ModelFileException("it is not the JSON that shoestring writes", $"metadata key {Key}", "apply the techniques again to the original model", fault);

    static RunSetup? TryParse(ReadOnlySpan<byte> json, out JsonException? fault)
    {
        try
        {
            fault = null;
            return JsonSerializer.Deserialize(json, RunSetupJson.Default.RunSetup) ?? Empty;
        }
        catch (JsonException error)
        {
            fault = error;
            return null;
        }
    }

    /// <summary>This with one more technique.</summary>
    public RunSetup With(TechniqueCall call) => new([.. Techniques, call.ToString()]);

    /// <summary>This with more techniques.</summary>
    public RunSetup With(IEnumerable<TechniqueCall> calls) => calls.Aggregate(this, (setup, call) => setup.With(call));

    /// <summary>The JSON that a model's file carries.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunSetupJson.Default.RunSetup);

    /// <summary>The metadata with this in it.</summary>
    public GgufMetadata WriteTo(GgufMetadata metadata) => metadata.With(Key, GgufValue.From(ToJson()));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RunSetup))]
sealed partial class RunSetupJson : JsonSerializerContext;
