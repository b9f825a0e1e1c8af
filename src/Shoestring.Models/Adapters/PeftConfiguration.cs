using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>An adapter_config.json of PEFT (huggingface/peft, src/peft/tuners/lora/config.py and ia3/config.py).</summary>
sealed class PeftConfiguration
{
    public const string FileName = "adapter_config.json";
    const long MostBytes = 1 << 20;

    readonly Dictionary<string, double> ranks, alphas;

    PeftConfiguration(ConfigurationObject root, JsonElement json, string path)
    {
        Kind = root.Text("peft_type", "");
        IsRankStabilized = root.Flag("use_rslora", false);
        IsDecomposed = root.Flag("use_dora", false);
        Path = path;
        Rank = root.Size("r", Kind == "LORA" ? null : 0);
        VirtualTokens = root.Size("num_virtual_tokens", Kind is "PROMPT_TUNING" or "PREFIX_TUNING" ? null : 0);
        Alpha = root.Number("lora_alpha", 8);
        ranks = Pattern(json, "rank_pattern");
        alphas = Pattern(json, "alpha_pattern");
    }

    public string Path { get; }

    /// <summary>LORA, IA3…</summary>
    public string Kind { get; }

    public bool IsRankStabilized { get; }

    public bool IsDecomposed { get; }

    public int Rank { get; }

    public double Alpha { get; }

    /// <summary>Rows before every text.</summary>
    public int VirtualTokens { get; }

    /// <summary>α of a layer, by PEFT's name for it.</summary>
    public double AlphaOf(string name) => Of(alphas, name) ?? Alpha;

    /// <summary>The rank of a layer.</summary>
    public double RankOf(string name) => Of(ranks, name) ?? Rank;

    static double? Of(Dictionary<string, double> pattern, string name) =>
        pattern.Where(pair => name == pair.Key || name.EndsWith("." + pair.Key, StringComparison.Ordinal)).Select(pair => (double?)pair.Value).FirstOrDefault();

    // PEFT reads the keys as expressions that match a name's end; those that are plain names mean the same here.
    Dictionary<string, double> Pattern(JsonElement json, string name)
    {
        Dictionary<string, double> pattern = new(StringComparer.Ordinal);
        if (!json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return pattern;
        }
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (!property.Name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_') || property.Value.ValueKind != JsonValueKind.Number)
            {
                throw new ModelFileException($"{name} has {Names.Printable(property.Name)}, which is no plain name with a number", Path, "train it with one rank and alpha");
            }
            pattern[property.Name] = property.Value.GetDouble();
        }
        return pattern;
    }

    /// <summary>Reads and checks it: what changes the result and is not done here is refused.</summary>
    public static PeftConfiguration Read(string folder)
    {
        string path = System.IO.Path.Combine(folder, FileName);
        FileInfo info = new(path);
        if (!info.Exists || info.Length > MostBytes)
        {
            throw new ModelFileException(info.Exists ? $"{FileName} has {info.Length} bytes" : $"the folder has no {FileName}", folder, "name a folder that PEFT has written, or an adapter's .gguf file");
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 16 });
            ConfigurationObject root = new(document.RootElement, path);
            RefuseOthers(root, document.RootElement, path);
            return new PeftConfiguration(root, document.RootElement, path);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"it cannot be read ({Names.OneLine(fault.Message).TrimEnd('.')})", path, "fetch the adapter again", fault);
        }
    }

    static void RefuseOthers(ConfigurationObject root, JsonElement json, string path)
    {
        root.Require("bias", "none", "none");
        foreach (string name in (string[])["modules_to_save", "layer_replication", "trainable_token_indices", "target_parameters", "megatron_config", "alora_invocation_tokens"])
        {
            if (json.TryGetProperty(name, out JsonElement value) && !IsEmpty(value))
            {
                throw new ModelFileException($"it sets {name}, which is not handled", path, "train an adapter of linear layers alone");
            }
        }
        foreach (string name in (string[])["lora_bias", "use_qalora", "use_bdlora", "prefix_projection"])
        {
            if (root.Flag(name, false))
            {
                throw new ModelFileException($"it sets {name}, which is not handled", path, "train an adapter without it");
            }
        }
    }

    static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
