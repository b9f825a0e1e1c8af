using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Writes trained weights in the place of those that a model began with.</summary>
/// <param name="origin">What it began with.</param>
/// <param name="layers">The layers.</param>
/// <param name="others">Bytes of tensors that are none of theirs.</param>
/// <param name="rounding">Where the floats are that the layers see rounded, or null.</param>
sealed class ModelWriter(ModelOrigin origin, TransformerModel layers, IReadOnlyDictionary<string, byte[]> others, WeightRounding? rounding = null)
{
    readonly Dictionary<string, NamedWeight> weights = layers.Weights.ToDictionary(weight => weight.Name,
        weight => weight.Matrix is { } seen && rounding is not null ? weight with { Matrix = rounding.MasterOf(seen) } : weight, StringComparer.Ordinal);
    readonly Dictionary<string, ILinearDelta> deltas = layers.Linears.Where(layer => layer.Layer.Delta is not null)
        .ToDictionary(layer => layer.Name + ".weight", layer => layer.Layer.Delta!, StringComparer.Ordinal);

    public void Write(string path, TensorFormat? format, string? setup)
    {
        TensorDeclaration[] declarations = [.. origin.Weights.Tensors.Select(entry => Declare(entry, format))];
        GgufMetadata metadata = format is { } one && FileType(one) is { } type ? origin.Metadata.With("general.file_type", GgufValue.From(type)) : origin.Metadata;
        GgufWriter.Write(path, setup is null ? metadata : metadata.With(LanguageModel.SetupKey, GgufValue.From(setup)), declarations, Fill);
    }

    TensorDeclaration Declare(TensorEntry entry, TensorFormat? format)
    {
        TensorFormat written = entry.Shape.Rows == 1 || others.ContainsKey(entry.Name) ? entry.Format : format ?? entry.Format;
        if (entry.Shape.Columns % written.BlockElements() != 0 || (!written.CanEncode() && !IsAsRead(entry, written)))
        {
            throw new InputException($"{entry.Name} of shape {entry.Shape} cannot be written as {written.Name()}", "output format", "choose F32, F16 or BF16");
        }
        return new TensorDeclaration(entry.Name, entry.Shape, written);
    }

    bool IsAsRead(TensorEntry entry, TensorFormat format) =>
        others.ContainsKey(entry.Name) || ModelParts.PartsOf(entry.Name).All(name => weights[name].Matrix?.Format == format && !deltas.ContainsKey(name));

    // The number by which llama.cpp calls the format of most weights (enum llama_ftype in llama.h).
    static uint? FileType(TensorFormat format) => format switch
    {
        TensorFormat.F32 => 0,
        TensorFormat.F16 => 1,
        TensorFormat.Q4_0 => 2,
        TensorFormat.Q4_1 => 3,
        TensorFormat.Q8_0 => 7,
        TensorFormat.Q5_0 => 8,
        TensorFormat.Q5_1 => 9,
        TensorFormat.BF16 => 32,
        _ => null,
    };

    void Fill(TensorDeclaration declaration, Stream stream)
    {
        if (others.TryGetValue(declaration.Name, out byte[]? bytes))
        {
            stream.Write(bytes);
            return;
        }
        foreach (string name in ModelParts.PartsOf(declaration.Name))
        {
            if (weights[name].Matrix is { } matrix)
            {
                Rows(matrix, deltas.GetValueOrDefault(name), declaration.Format, stream);
            }
            else
            {
                stream.Write(Encoded(weights[name].Vector!.Value.Row(0), declaration.Format));
            }
        }
    }

    static void Rows(PackedMatrix matrix, ILinearDelta? delta, TensorFormat format, Stream stream)
    {
        byte[] bytes = new byte[matrix.Layout.RowBytes], encoded = new byte[format.RowBytes(matrix.Columns)];
        float[] values = new float[matrix.Columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            matrix.CopyRow(row, bytes);
            if (matrix.Format == format && delta is null)
            {
                stream.Write(bytes);
                continue;
            }
            matrix.Format.Decode(bytes, values);
            delta?.AddRow(row, values);
            format.Encode(values, encoded);
            stream.Write(encoded);
        }
    }

    static byte[] Encoded(ReadOnlySpan<float> values, TensorFormat format)
    {
        byte[] encoded = new byte[format.RowBytes(values.Length)];
        format.Encode(values, encoded);
        return encoded;
    }
}
