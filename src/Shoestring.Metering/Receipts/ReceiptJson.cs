using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shoestring.Metering;

/// <summary>
/// A receipt's JSON. A document that embeds a receipt lists <see cref="Receipt"/> in its own source-generated context
/// with the camel-case naming policy; figures look the same in either.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Receipt), TypeInfoPropertyName = "ReceiptInfo")]
public sealed partial class ReceiptJson : JsonSerializerContext
{
    /// <summary>The context that leaves signs such as × and · unescaped, as the documents that are printed want them.</summary>
    public static ReceiptJson Plain { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>One compact line of JSON.</summary>
    public static string Write(Receipt receipt) => JsonSerializer.Serialize(receipt, Plain.ReceiptInfo);

    /// <summary>The receipt that <paramref name="json"/> holds.</summary>
    /// <exception cref="JsonException">It is not a receipt, or of another schema.</exception>
    public static Receipt Read(string json)
    {
        Receipt receipt = JsonSerializer.Deserialize(json, Plain.ReceiptInfo) ?? throw new JsonException("a receipt is an object, found null");
        return receipt.Schema == Receipt.CurrentSchema
            ? receipt
            : throw new JsonException($"expected schema {Receipt.CurrentSchema}, found '{receipt.Schema}'");
    }
}
