using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shoestring.Oracles;

/// <summary>A greedy continuation by llama.cpp, as kept beside a model in the data.</summary>
/// <param name="PromptTokens">Ids of the prompt, begin token included.</param>
/// <param name="Tokens">Ids of the continuation.</param>
/// <param name="Text">The continuation's text.</param>
sealed record GreedyRecord(int[] PromptTokens, int[] Tokens, string Text)
{
    public static GreedyRecord Read(string path)
    {
        using var stream = File.OpenRead(path);
        return JsonSerializer.Deserialize(stream, GreedyJson.Default.GreedyRecord)
            ?? throw new InvalidDataException($"{path} holds null");
    }
}

[JsonSerializable(typeof(GreedyRecord))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
sealed partial class GreedyJson : JsonSerializerContext;
