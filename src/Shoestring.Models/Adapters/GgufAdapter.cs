using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// LoRA adapters as llama.cpp loads them (ggml-org/llama.cpp, src/llama-adapter.cpp): <c>X.weight.lora_a</c> of [inputs, rank] and
/// <c>X.weight.lora_b</c> of [rank, outputs], fastest-varying first, scaled by adapter.lora.alpha / rank.
/// </summary>
public static class GgufAdapter
{
    const string ArchitectureKey = "general.architecture", TypeKey = "general.type", KindKey = "adapter.type", AlphaKey = "adapter.lora.alpha";
    const string SuffixA = ".weight.lora_a", SuffixB = ".weight.lora_b";

    /// <summary>Reads one.</summary>
    /// <exception cref="ModelFileException">It is no LoRA adapter, damaged, or made for another model.</exception>
    public static Adapter Read(GgufFile file, ModelConfiguration model)
    {
        string type = file.Metadata.GetString(TypeKey, "model"), kind = file.Metadata.GetString(KindKey, "none");
        if (type != "adapter" || kind != "lora")
        {
            throw new ModelFileException($"its general.type is \"{Names.Printable(type)}\" and its adapter.type \"{Names.Printable(kind)}\"", file.Path, "name an adapter of type lora");
        }
        string architecture = file.Metadata.GetString(ArchitectureKey), own = ShoestringLayout.Underlying(model.Architecture);
        if (architecture != own)
        {
            throw new ModelFileException($"it was made for a {Names.Printable(architecture)} model and this one is {own}", file.Path, "take the model that it was trained on");
        }
        double alpha = file.Metadata.GetFloat(AlphaKey);
        IEnumerable<LowRankPart> parts = Pairs(file).SelectMany(pair => FusedParts.Split(Part(file, pair.Layer, pair.A, pair.B, alpha), model, file.Path));
        return new Adapter([.. parts.OrderBy(part => part.Layer, LayerOrder.Of(model))]).Checked(model, file.Path);
    }

    static IEnumerable<(string Layer, TensorEntry A, TensorEntry B)> Pairs(GgufFile file)
    {
        foreach (TensorEntry tensor in file.Tensors)
        {
            if (tensor.Name.EndsWith(SuffixA, StringComparison.Ordinal))
            {
                string layer = tensor.Name[..^SuffixA.Length];
                yield return (layer, tensor, file.Find(layer + SuffixB) ?? throw new ModelFileException($"{Names.Printable(tensor.Name)} has no lora_b beside it", file.Path, "write the adapter again"));
            }
            else if (!tensor.Name.EndsWith(SuffixB, StringComparison.Ordinal) || file.Find(tensor.Name[..^SuffixB.Length] + SuffixA) is null)
            {
                throw new ModelFileException($"tensor {Names.Printable(tensor.Name)} is not half of a LoRA pair of a layer", file.Path, "take an adapter of linear layers alone");
            }
        }
    }

    static LowRankPart Part(GgufFile file, string layer, TensorEntry a, TensorEntry b, double alpha)
    {
        long rank = a.Shape.Rows;
        if (a.Shape.Rank > 2 || b.Shape.Rank > 2 || b.Shape.Columns != rank)
        {
            throw new ModelFileException($"{Names.Printable(layer)} has lora_a of shape {a.Shape} and lora_b of {b.Shape}, which is no rank in common", file.Path, "write the adapter again");
        }
        // llama.cpp takes an alpha of zero as no scale at all.
        return new LowRankPart(layer, (int)rank, AdapterFiles.Floats(file, a), AdapterFiles.Floats(file, b)) { Alpha = alpha == 0 ? rank : alpha };
    }

    /// <summary>Whether llama.cpp has adapters of that kind.</summary>
    public static bool CanWrite(Adapter adapter) => adapter.Parts.All(part => part is LowRankPart { Magnitude: null });

    /// <summary>Writes one.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="adapter">LoRA without magnitudes; one scale for all layers.</param>
    /// <param name="model">The model that it is for.</param>
    /// <exception cref="InputException">GGUF has no place for what the adapter does, or the disk is full.</exception>
    public static void Write(string path, Adapter adapter, ModelConfiguration model)
    {
        LowRankPart[] parts = [.. FusedParts.Join([.. adapter.Parts.Select(part => Writable(part, path))], model)];
        if (parts.DistinctBy(part => part.Scale).Count() != 1)
        {
            throw new InputException("the scales of its layers differ, and a GGUF adapter has one alpha", path, "write it as a PEFT folder");
        }
        int rank = parts.Max(part => part.Rank);
        float alpha = AlphaOf(parts[0], rank);
        parts = [.. parts.Select(part => Padded(part, rank))];
        GgufMetadata metadata = GgufMetadata.Of(
        [
            (ArchitectureKey, GgufValue.From(ShoestringLayout.Underlying(model.Architecture))), (TypeKey, GgufValue.From("adapter")),
            (KindKey, GgufValue.From("lora")), (AlphaKey, GgufValue.From(alpha)), ("general.file_type", GgufValue.From(0u)),
        ]);
        Dictionary<string, (TensorShape Shape, float[] Values)> tensors = new(StringComparer.Ordinal);
        foreach (LowRankPart part in parts)
        {
            tensors.Add(part.Layer + SuffixA, (new TensorShape(part.A.Length / part.Rank, part.Rank), part.A));
            tensors.Add(part.Layer + SuffixB, (new TensorShape(part.Rank, part.B.Length / part.Rank), part.B));
        }
        GgufWriter.Write(path, metadata, [.. tensors.Select(tensor => new TensorDeclaration(tensor.Key, tensor.Value.Shape, TensorFormat.F32))],
            (declaration, stream) => stream.Write(MemoryMarshal.AsBytes(tensors[declaration.Name].Values.AsSpan())));
    }

    static LowRankPart Writable(AdapterPart part, string path) => part is LowRankPart { Magnitude: null } low ? low
        : throw new InputException("llama.cpp's adapters hold low-rank matrices alone", path, "write it as a PEFT folder");

    // The scale there is alpha / rank, whatever the alpha here was divided by.
    static float AlphaOf(LowRankPart part, int rank) =>
        (float)((part.IsRankStabilized ? part.Alpha * Math.Sqrt(part.Rank) : part.Alpha) * ((double)rank / part.Rank));

    // With rows and columns of zeros up to the largest rank, one alpha gives all layers their scale.
    static LowRankPart Padded(LowRankPart part, int rank)
    {
        if (part.Rank == rank)
        {
            return part;
        }
        int inputs = part.Inputs!.Value, outputs = part.Outputs!.Value;
        float[] a = new float[rank * inputs], b = new float[outputs * rank];
        part.A.CopyTo(a, 0);
        for (int output = 0; output < outputs; output++)
        {
            part.B.AsSpan(output * part.Rank, part.Rank).CopyTo(b.AsSpan(output * rank, part.Rank));
        }
        return part with { Rank = rank, A = a, B = b };
    }
}
