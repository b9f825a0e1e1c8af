using System.Text.Json.Serialization;

namespace Shoestring.Papers;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SearchResult))]
[JsonSerializable(typeof(ClassifyResult))]
sealed partial class PapersJson : JsonSerializerContext;
