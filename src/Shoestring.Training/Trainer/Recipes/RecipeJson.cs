using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shoestring.Training;

/// <summary>JSON of recipes, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(TrainingRecipe))]
sealed partial class RecipeJson : JsonSerializerContext;
