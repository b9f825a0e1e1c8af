using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>What was done to a model, in order, as its file carries it under <c>shoestring.setup</c>.</summary>
/// <param name="Techniques">The techniques, each in the words of the command line.</param>
public sealed record RunSetup(IReadOnlyList<string> Techniques)
{
    /// <summary>The metadata key.</summary>
    public const string Key = "shoestring.setup";

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

        try
        {
            return JsonSerializer.Deserialize(value.AsUtf8(), RunSetupJson.Default.RunSetup) ?? Empty;
        }
        catch (JsonException error)
        {
            throw new ModelFileException("it is not the JSON that shoestring writes", $"metadata key {Key}", "apply the techniques again to the original model", error);
        }
    }

    /// <summary>This with one more technique.</summary>
    public RunSetup With(TechniqueCall call) => new([.. Techniques, call.ToString()]);

    /// <summary>The metadata with this in it.</summary>
    public GgufMetadata WriteTo(GgufMetadata metadata) =>
        metadata.With(Key, GgufValue.From(JsonSerializer.Serialize(this, RunSetupJson.Default.RunSetup)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RunSetup))]
sealed partial class RunSetupJson : JsonSerializerContext;
