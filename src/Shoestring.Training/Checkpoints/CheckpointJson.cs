using System.Text.Json.Serialization;

namespace Shoestring.Training;

/// <summary>JSON of checkpoints, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TrainerState))]
sealed partial class CheckpointJson : JsonSerializerContext;
