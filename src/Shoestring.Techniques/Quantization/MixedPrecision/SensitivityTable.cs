using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>How sensitivities were found.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SensitivityMethod>))]
public enum SensitivityMethod
{
    /// <summary>Each tensor in each format is run through the rest of the model.</summary>
    Divergence,

    /// <summary>
    /// Each tensor is run so in one format, and for the others the divergence is scaled by the error of the layer's output: a divergence
    /// grows with the square of a small error (Malinovskii et al., arXiv 2411.17525, theorem 1).
    /// </summary>
    ScaledDivergence,
}

/// <summary>What one tensor in one format does to the model.</summary>
/// <param name="Block">Its block; −1 outside of blocks.</param>
/// <param name="Tensor">Its full name.</param>
/// <param name="Format">The format that it alone is rounded to.</param>
/// <param name="Bytes">Its bytes in that format.</param>
/// <param name="Divergence">Mean KL(original ‖ model with this tensor rounded) of the next token's probabilities, in nats.</param>
/// <param name="IsMeasured">Whether the model ran with it, rather than that another format's divergence was scaled.</param>
public sealed record TensorSensitivity(
    int Block, string Tensor, [property: JsonConverter(typeof(JsonStringEnumConverter<TensorFormat>))] TensorFormat Format, long Bytes, double Divergence, bool IsMeasured);

/// <summary>How much a model's output changes as its tensors are rounded one at a time.</summary>
/// <param name="Method">How it was found.</param>
/// <param name="Tokens">Tokens of text that flowed through the model.</param>
/// <param name="Positions">Those of them at which probabilities were compared.</param>
/// <param name="Entries">Every tensor in every format, in the order of the blocks, what stands outside of them first.</param>
public sealed record SensitivityTable(SensitivityMethod Method, int Tokens, int Positions, IReadOnlyList<TensorSensitivity> Entries)
{
    /// <summary>The summed sensitivity of a block's tensors in a format; 0 where none has it.</summary>
    /// <param name="block">The block; −1 for what stands outside of blocks.</param>
    /// <param name="format">The format.</param>
    public double Sum(int block, TensorFormat format) =>
        Entries.Where(entry => entry.Block == block && entry.Format == format).Sum(entry => entry.Divergence);

    /// <summary>The same as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SensitivityJson.Default.SensitivityTable);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SensitivityTable))]
sealed partial class SensitivityJson : JsonSerializerContext;
