using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Serial adapters in a safetensors file of this engine's own, since PEFT has none: four tensors for each layer,
/// <c>blk.0.attn_output.adapter_down.weight</c> and its like, and "format" in the metadata that says so.
/// </summary>
public static class SerialAdapterFile
{
    const string Format = "shoestring.serial-adapter", FormatKey = "format";
    static readonly string[] Suffixes = [".adapter_down.weight", ".adapter_down.bias", ".adapter_up.weight", ".adapter_up.bias"];

    /// <summary>Whether a file says that it is one.</summary>
    internal static bool Is(SafetensorsFile file) => file.Metadata.TryGetValue(FormatKey, out string? format) && format == Format;

    /// <summary>Reads one.</summary>
    /// <exception cref="ModelFileException">It is damaged or made for another model.</exception>
    internal static Adapter Read(SafetensorsFile file, ModelConfiguration model)
    {
        string[] layers = [.. file.Tensors.Select(tensor => Layer(tensor, file.Path)).Distinct()];
        return new Adapter([.. layers.Select(layer => Part(file, layer)).OrderBy(part => part.Layer, LayerOrder.Of(model))]).Checked(model, file.Path);
    }

    static string Layer(TensorEntry tensor, string where) => Array.Find(Suffixes, suffix => tensor.Name.EndsWith(suffix, StringComparison.Ordinal)) is { } suffix ? tensor.Name[..^suffix.Length]
        : throw new ModelFileException($"tensor {Names.Printable(tensor.Name)} is no part of a serial adapter", where, "write the file again");

    static SerialPart Part(SafetensorsFile file, string layer)
    {
        TensorEntry[] tensors = [.. Suffixes.Select(suffix => file.Find(layer + suffix) ?? throw new ModelFileException($"tensor {Names.Printable(layer)}{suffix} is missing", file.Path, "write the file again"))];
        long inner = tensors[1].Shape.Columns, outputs = tensors[3].Shape.Columns;
        TensorShape[] expected = [new(outputs, inner), new(inner), new(inner, outputs), new(outputs)];
        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i].Shape != expected[i])
            {
                throw new ModelFileException($"tensor {Names.Printable(tensors[i].Name)} has shape {tensors[i].Shape}, expected {expected[i]}", file.Path, "write the file again");
            }
        }
        return new SerialPart(layer, AdapterFiles.Floats(file, tensors[0]), AdapterFiles.Floats(file, tensors[1]), AdapterFiles.Floats(file, tensors[2]), AdapterFiles.Floats(file, tensors[3]));
    }

    /// <summary>Writes one.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="adapter">Serial adapters alone.</param>
    /// <exception cref="InputException">It holds something else, or the disk is full.</exception>
    public static void Write(string path, Adapter adapter)
    {
        (string Name, long[] Shape, float[] Values)[] tensors = [.. adapter.Parts.SelectMany(part => Tensors(part as SerialPart
            ?? throw new InputException($"{part.Layer} is adapted in another way than by a serial adapter", path, "write it as a PEFT folder")))];
        using SafetensorsWriter writer = SafetensorsWriter.Create(path, new Dictionary<string, string> { [FormatKey] = Format }, [.. tensors.Select(tensor => new SafetensorsDeclaration(tensor.Name, "F32", tensor.Shape))]);
        foreach ((string name, _, float[] values) in tensors)
        {
            writer.Append(name, MemoryMarshal.AsBytes(values.AsSpan()));
        }
        writer.Commit();
    }

    static (string Name, long[] Shape, float[] Values)[] Tensors(SerialPart part)
    {
        int inner = part.Inner, outputs = part.UpBias.Length;
        return
        [
            (part.Layer + Suffixes[0], [inner, outputs], part.Down), (part.Layer + Suffixes[1], [inner], part.DownBias),
            (part.Layer + Suffixes[2], [outputs, inner], part.Up), (part.Layer + Suffixes[3], [outputs], part.UpBias),
        ];
    }
}
