using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Adapters as Hugging Face's PEFT writes them (huggingface/peft, src/peft/utils/save_and_load.py): a folder with adapter_config.json and
/// adapter_model.safetensors. Rows of queries and keys are in the order of Hugging Face's models.
/// </summary>
public static class PeftFolder
{
    const string WeightsName = "adapter_model.safetensors", PromptName = "prompt_embeddings";
    const string SuffixA = ".lora_A.weight", SuffixB = ".lora_B.weight", SuffixMagnitude = ".lora_magnitude_vector", SuffixFactors = ".ia3_l";

    /// <summary>Reads one.</summary>
    /// <exception cref="ModelFileException">It is not there, damaged, of a kind that is not handled, or made for another model.</exception>
    public static Adapter Read(string folder, ModelConfiguration model)
    {
        PeftConfiguration configuration = PeftConfiguration.Read(folder);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, WeightsName));
        if (file.Unread.FirstOrDefault() is { } unread)
        {
            throw new ModelFileException($"tensor {Names.Printable(unread.Name)} {unread.Reason}", file.Path, "write it in F32, F16 or BF16");
        }
        IEnumerable<AdapterPart> parts = configuration.Kind switch
        {
            "LORA" => LowRank(file, configuration, model),
            "IA3" => Channels(file, model),
            "PROMPT_TUNING" or "PREFIX_TUNING" => Virtual(file, configuration, model),
            _ => throw new ModelFileException($"its peft_type is \"{Names.Printable(configuration.Kind)}\"", configuration.Path, "LORA (with DoRA), IA3, PROMPT_TUNING and PREFIX_TUNING are read"),
        };
        return new Adapter([.. parts.Select(part => AdapterOrder.FromHalves(part, model)).OrderBy(part => part.Layer, LayerOrder.Of(model))]).Checked(model, folder);
    }

    static IEnumerable<AdapterPart> LowRank(SafetensorsFile file, PeftConfiguration configuration, ModelConfiguration model)
    {
        Dictionary<string, string> layers = PeftNames.Layers(model);
        RefuseOthers(file, layers, SuffixA, SuffixB, SuffixMagnitude, SuffixMagnitude + ".weight");
        foreach ((string name, string layer) in layers)
        {
            TensorEntry? a = file.Find(name + SuffixA), b = file.Find(name + SuffixB), magnitude = file.Find(name + SuffixMagnitude) ?? file.Find(name + SuffixMagnitude + ".weight");
            if (a is null && b is null && magnitude is null)
            {
                continue;
            }
            if (a is null || b is null || configuration.IsDecomposed != magnitude is not null || a.Shape.Rank > 2 || b.Shape.Rank > 2 || a.Shape.Rows != b.Shape.Columns || a.Shape.Rows != configuration.RankOf(name))
            {
                throw new ModelFileException($"{Names.Printable(name)} has lora_A {Shape(a)}, lora_B {Shape(b)} and a magnitude {Shape(magnitude)}, where the configuration has r {configuration.RankOf(name)} and use_dora {configuration.IsDecomposed}", file.Path, "fetch the adapter again");
            }
            LowRankPart part = new(layer, (int)a.Shape.Rows, AdapterFiles.Floats(file, a), AdapterFiles.Floats(file, b))
            {
                Alpha = configuration.AlphaOf(name),
                IsRankStabilized = configuration.IsRankStabilized,
                Magnitude = magnitude is null ? null : Magnitudes(file, magnitude, b.Shape.Rows),
            };
            foreach (LowRankPart one in FusedParts.Split(part, model, file.Path))
            {
                yield return one;
            }
        }
    }

    static string Shape(TensorEntry? tensor) => tensor?.Shape.ToString() ?? "missing";

    static float[] Magnitudes(SafetensorsFile file, TensorEntry tensor, long outputs) => tensor.Shape.Elements == outputs ? AdapterFiles.Floats(file, tensor)
        : throw new ModelFileException($"tensor {Names.Printable(tensor.Name)} has shape {tensor.Shape}, expected [{outputs}]", file.Path, "fetch the adapter again");

    static IEnumerable<AdapterPart> Channels(SafetensorsFile file, ModelConfiguration model)
    {
        Dictionary<string, string> layers = PeftNames.Layers(model);
        RefuseOthers(file, layers, SuffixFactors);
        foreach ((string name, string layer) in layers)
        {
            if (file.Find(name + SuffixFactors) is { } factors)
            {
                // A column of factors is the output's, a row the input's.
                bool ofInputs = factors.Shape.Rows == 1 && factors.Shape.Columns > 1;
                if (factors.Shape.Rank > 2 || (!ofInputs && factors.Shape.Columns != 1) || layer.EndsWith("attn_qkv", StringComparison.Ordinal))
                {
                    throw new ModelFileException($"tensor {Names.Printable(factors.Name)} of shape {factors.Shape} is no row or column of factors of a layer's own", file.Path, "fetch the adapter again, or scale layers that are matrices of their own");
                }
                yield return new ChannelPart(layer, AdapterFiles.Floats(file, factors), ofInputs);
            }
        }
    }

    // Of a prefix, a row has the keys and then the values of each block in turn.
    static IEnumerable<AdapterPart> Virtual(SafetensorsFile file, PeftConfiguration configuration, ModelConfiguration model)
    {
        TensorEntry tensor = file.Tensors is [{ Name: PromptName } only] ? only : throw new ModelFileException($"it holds other tensors than {PromptName}", file.Path, "take an adapter without prefix_projection");
        int rows = (int)tensor.Shape.Rows, columns = (int)tensor.Shape.Columns;
        bool isPrompt = configuration.Kind == "PROMPT_TUNING";
        int[] widths = isPrompt ? [model.Width] : [.. model.Blocks.SelectMany(block => new[] { block.KvHeads * block.HeadChannels, block.KvHeads * block.HeadChannels })];
        if (tensor.Shape.Rank > 2 || rows != configuration.VirtualTokens || columns != widths.Sum())
        {
            throw new ModelFileException($"{PromptName} has shape {tensor.Shape}, expected [{widths.Sum()}, {configuration.VirtualTokens}]", file.Path, "take the model that it was trained on");
        }
        float[] values = AdapterFiles.Floats(file, tensor);
        return isPrompt ? [new PromptPart(rows, values)] : model.Blocks.Select((_, block) =>
        {
            int first = widths.Take(2 * block).Sum(), width = widths[2 * block];
            return new PrefixPart(block, rows, Columns(values, columns, first, width), Columns(values, columns, first + width, width));
        });
    }

    static float[] Columns(float[] values, int columns, int first, int count)
    {
        float[] part = new float[values.Length / columns * count];
        for (int row = 0; row < values.Length / columns; row++)
        {
            values.AsSpan((row * columns) + first, count).CopyTo(part.AsSpan(row * count));
        }
        return part;
    }

    static void RefuseOthers(SafetensorsFile file, Dictionary<string, string> layers, params string[] suffixes)
    {
        foreach (TensorEntry tensor in file.Tensors)
        {
            if (!suffixes.Any(suffix => tensor.Name.EndsWith(suffix, StringComparison.Ordinal) && layers.ContainsKey(tensor.Name[..^suffix.Length])))
            {
                throw new ModelFileException($"tensor {Names.Printable(tensor.Name)} belongs to no linear layer of this model of {layers.Values.Select(LayerOrder.BlockOf).Max() + 1} blocks", file.Path, "take the model that it was trained on, and an adapter of linear layers alone");
            }
        }
    }

    /// <summary>Writes one.</summary>
    /// <param name="folder">Where to; it is made where it is not there.</param>
    /// <param name="adapter">Low-rank parts, or factors of channels.</param>
    /// <param name="model">The model that it is for.</param>
    /// <exception cref="InputException">PEFT has no such adapters, or the disk is full.</exception>
    public static void Write(string folder, Adapter adapter, ModelConfiguration model)
    {
        if (adapter.Parts.Any(part => part is SerialPart))
        {
            throw new InputException("PEFT has no serial adapters", folder, "write them as a file of their own");
        }
        Create(folder);
        AdapterPart[] parts = adapter.Parts.All(part => part is LowRankPart) ? [.. FusedParts.Join([.. adapter.Parts.Cast<LowRankPart>()], model)] : [.. adapter.Parts];
        AdapterPart[] ordered = [.. parts.Select(part => AdapterOrder.ToHalves(part, model))];
        (string Name, long[] Shape, float[] Values)[] tensors = ordered[0].VirtualRows > 0 ? [Virtual(ordered)] : [.. ordered.SelectMany(part => Tensors(part, PeftNames.Of(part.Layer, model)))];
        using SafetensorsWriter writer = SafetensorsWriter.Create(Path.Combine(folder, WeightsName), new Dictionary<string, string> { ["format"] = "pt" },
            [.. tensors.Select(tensor => new SafetensorsDeclaration(tensor.Name, "F32", tensor.Shape))]);
        foreach ((string name, _, float[] values) in tensors)
        {
            writer.Append(name, MemoryMarshal.AsBytes(values.AsSpan()));
        }
        WholeFile.Write(Path.Combine(folder, PeftConfiguration.FileName), PeftDescription.Of(parts, model));
        writer.Commit();
    }

    static void Create(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the folder cannot be made ({Names.OneLine(fault.Message).TrimEnd('.')})", folder, "choose another", fault);
        }
    }

    static (string Name, long[] Shape, float[] Values) Virtual(AdapterPart[] parts)
    {
        float[][] columns = [.. parts.SelectMany(part => part.Values)];
        int rows = parts[0].VirtualRows;
        float[] joined = [.. Enumerable.Range(0, rows).SelectMany(row => columns.SelectMany(one => one.Skip(row * (one.Length / rows)).Take(one.Length / rows)))];
        return (PromptName, [rows, joined.Length / rows], joined);
    }

    static IEnumerable<(string Name, long[] Shape, float[] Values)> Tensors(AdapterPart part, string name)
    {
        if (part is LowRankPart low)
        {
            yield return (name + SuffixA, [low.Rank, low.A.Length / low.Rank], low.A);
            yield return (name + SuffixB, [low.B.Length / low.Rank, low.Rank], low.B);
            if (low.Magnitude is { } magnitude)
            {
                yield return (name + SuffixMagnitude, [magnitude.Length], magnitude);
            }
        }
        else if (part is ChannelPart channels)
        {
            yield return (name + SuffixFactors, channels.OfInputs ? [1, channels.Factors.Length] : [channels.Factors.Length, 1], channels.Factors);
        }
    }
}
