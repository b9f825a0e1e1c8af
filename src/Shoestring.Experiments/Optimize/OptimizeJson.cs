using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shoestring.Experiments;

/// <summary>The JSON of a search: its result (DESIGN.md, section 3) and the lines of its store.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(OptimizeResult), TypeInfoPropertyName = "ResultInfo")]
[JsonSerializable(typeof(StoredMeasurement), TypeInfoPropertyName = "StoredInfo")]
public sealed partial class OptimizeJson : JsonSerializerContext
{
    static OptimizeJson Plain { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>The result as one compact line.</summary>
    public static string Write(OptimizeResult result) => JsonSerializer.Serialize(result, Plain.ResultInfo);

    /// <summary>The result that <paramref name="json"/> holds.</summary>
    /// <exception cref="JsonException">It is not a result, or of another schema.</exception>
    public static OptimizeResult Read(string json)
    {
        OptimizeResult result = JsonSerializer.Deserialize(json, Plain.ResultInfo) ?? throw new JsonException("a result is an object, found null");
        return result.Schema == OptimizeResult.CurrentSchema
            ? result
            : throw new JsonException($"expected schema {OptimizeResult.CurrentSchema}, found '{result.Schema}'");
    }

    internal static string Write(StoredMeasurement stored) => JsonSerializer.Serialize(stored, Plain.StoredInfo);

    internal static StoredMeasurement? ReadStored(string json) => JsonSerializer.Deserialize(json, Plain.StoredInfo);
}
