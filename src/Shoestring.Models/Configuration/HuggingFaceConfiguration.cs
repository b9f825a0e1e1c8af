using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Reads <c>config.json</c> of a Hugging Face folder (transformers' LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config).</summary>
public static class HuggingFaceConfiguration
{
    const long MaximumBytes = 1 << 20;
    static readonly string[] Known = ["llama", "mistral", "qwen2", "qwen3"];

    /// <summary>The configuration beside the weights in <paramref name="file"/>.</summary>
    /// <exception cref="ModelFileException">config.json is missing or damaged, or the model type is not handled.</exception>
    public static ModelConfiguration Read(ModelFile file)
    {
        string folder = Directory.Exists(file.Path) ? file.Path : Path.GetDirectoryName(Path.GetFullPath(file.Path))!;
        string path = Path.Combine(folder, "config.json");
        FileInfo info = new(path);
        if (!info.Exists || info.Length > MaximumBytes)
        {
            throw new ModelFileException(info.Exists ? $"config.json has {info.Length} bytes" : "there is no config.json beside the weights", folder, "name a folder with config.json, the weights and the tokenizer");
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            return Read(document.RootElement, file, new Reader(document.RootElement, path));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or IOException)
        {
            throw new ModelFileException($"config.json cannot be read: {e.Message.ReplaceLineEndings(" ")}", path, "fetch the model again", e);
        }
    }

    static ModelConfiguration Read(JsonElement root, ModelFile file, Reader reader)
    {
        string type = reader.Text("model_type", "");
        if (!Known.Contains(type))
        {
            throw reader.Wrong($"model_type \"{type}\" is not handled; known are {string.Join(", ", Known)}");
        }
        int width = reader.Size("hidden_size"), heads = reader.Size("num_attention_heads"), kvHeads = reader.Size("num_key_value_heads", heads);
        int headChannels = reader.Size("head_dim", Math.Max(1, width / heads)), count = reader.Size("num_hidden_layers"), context = reader.Size("max_position_embeddings");
        if (heads % kvHeads != 0 || headChannels % 2 != 0 || headChannels > 1024 || count > 4096 || width > 1 << 20)
        {
            throw reader.Wrong($"{count} layers of width {width} with {heads} heads, {kvHeads} KV heads of {headChannels} channels");
        }
        bool windowed = type == "mistral" || reader.Flag("use_sliding_window", false);
        BlockShape block = new(heads, kvHeads, headChannels, reader.Size("intermediate_size"), windowed ? reader.Size("sliding_window", 0) : 0);
        bool tied = reader.Flag("tie_word_embeddings", false) || (file.Find("lm_head.weight") == null && file.Find("output.weight") == null);
        return new ModelConfiguration
        {
            Architecture = type == "mistral" ? "llama" : type,
            Vocabulary = reader.Size("vocab_size"),
            ContextLength = context,
            Width = width,
            Blocks = [.. Enumerable.Repeat(block, count)],
            NormEpsilon = (float)reader.Number("rms_norm_eps", 1e-6),
            Rotary = ReadRotary(root, reader, headChannels, context),
            TiedEmbeddings = tied,
        };
    }

    static Rotary ReadRotary(JsonElement root, Reader reader, int channels, int context)
    {
        double theta = reader.Number("rope_theta", 10000);
        if (!(theta > 1) || !double.IsFinite(theta))
        {
            throw reader.Wrong($"rope_theta is {theta}");
        }
        double[] frequencies = RotaryFrequencies.Plain(theta, channels);
        if (!root.TryGetProperty("rope_scaling", out JsonElement scaling) || scaling.ValueKind != JsonValueKind.Object)
        {
            return new Rotary(RotaryLayout.Halves, frequencies, 1);
        }
        Reader inner = new(scaling, reader.Path);
        double factor = inner.Number("factor", 1);
        double original = inner.Number("original_max_position_embeddings", context);
        return inner.Text("rope_type", inner.Text("type", "default")) switch
        {
            "default" => new Rotary(RotaryLayout.Halves, frequencies, 1),
            "linear" => new Rotary(RotaryLayout.Halves, RotaryFrequencies.Linear(frequencies, factor), 1),
            "llama3" => new Rotary(RotaryLayout.Halves, RotaryFrequencies.Llama3(frequencies, factor, inner.Number("low_freq_factor", 1), inner.Number("high_freq_factor", 4), original), 1),
            "yarn" => new Rotary(RotaryLayout.Halves, RotaryFrequencies.Yarn(frequencies, theta, channels, factor, original, inner.Number("beta_fast", 32), inner.Number("beta_slow", 1)), RotaryFrequencies.YarnMagnitude(factor)),
            string other => throw reader.Wrong($"rope_scaling of type \"{other}\" is not handled"),
        };
    }

    /// <summary>Members of a JSON object, with bounds.</summary>
    sealed class Reader(JsonElement root, string path)
    {
        public string Path => path;

        public int Size(string name, int? otherwise = null)
        {
            if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            {
                return otherwise ?? throw Wrong($"{name} is missing");
            }
            return value.TryGetInt32(out int size) && size is >= 0 and <= 1 << 26 && (size > 0 || otherwise == 0) ? size : throw Wrong($"{name} is {value.GetRawText()}");
        }

        public double Number(string name, double otherwise) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : otherwise;

        public bool Flag(string name, bool otherwise) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : otherwise;

        public string Text(string name, string otherwise) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : otherwise;

        public ModelFileException Wrong(string what) => new(what, path, "use a model of a known kind, or fetch it again");
    }
}
