using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Reads <c>config.json</c> of a Hugging Face folder (transformers' LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config and
/// GPT2Config).
/// </summary>
public static class HuggingFaceConfiguration
{
    const long MaximumBytes = 1 << 20;
    static readonly string[] Known = ["llama", "mistral", "qwen2", "qwen3", "gpt2"];

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
            return Read(new ConfigurationObject(document.RootElement, path), file);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"config.json cannot be read: {e.Message.ReplaceLineEndings(" ")}", path, "fetch the model again", e);
        }
    }

    static ModelConfiguration Read(ConfigurationObject root, ModelFile file)
    {
        string type = root.Text("model_type", "");
        return type == "gpt2" ? ReadGpt2(root)
            : Known.Contains(type) ? ReadLlama(root, type, file)
            : throw root.Wrong($"model_type \"{Names.Printable(type)}\" is not handled; known are {string.Join(", ", Known)}");
    }

    static ModelConfiguration ReadLlama(ConfigurationObject root, string type, ModelFile file)
    {
        root.Require("hidden_act", "silu", "silu", "swish");
        int width = root.Size("hidden_size"), heads = root.Size("num_attention_heads"), kvHeads = root.Size("num_key_value_heads", heads);
        int headChannels = root.Size("head_dim", Math.Max(1, width / heads)), context = root.Size("max_position_embeddings");
        bool windowed = type == "mistral" || root.Flag("use_sliding_window", false);
        BlockShape block = new(heads, kvHeads, headChannels, root.Size("intermediate_size"), windowed ? root.Size("sliding_window", 0) : 0);
        return new ModelConfiguration
        {
            Architecture = type == "mistral" ? "llama" : type,
            Vocabulary = root.Size("vocab_size"),
            ContextLength = context,
            Width = width,
            Blocks = Blocks(root, block, root.Size("num_hidden_layers"), width),
            NormEpsilon = (float)root.Number("rms_norm_eps", 1e-6),
            Rotary = ReadRotary(root, headChannels, context).Build(RotaryLayout.Halves),
            TiedEmbeddings = root.Flag("tie_word_embeddings", false) || (file.Find("lm_head.weight") == null && file.Find("output.weight") == null),
        };
    }

    static ModelConfiguration ReadGpt2(ConfigurationObject root)
    {
        root.Require("activation_function", "gelu_new", "gelu_new", "gelu_pytorch_tanh");
        if (!root.Flag("scale_attn_weights", true) || root.Flag("scale_attn_by_inverse_layer_idx", false) || root.Flag("add_cross_attention", false))
        {
            throw root.Wrong("attention that is scaled otherwise than by the square root of a head's channels, or crosses models, is not handled");
        }
        int width = root.Size("n_embd"), heads = root.Size("n_head");
        return new ModelConfiguration
        {
            Architecture = "gpt2",
            Vocabulary = root.Size("vocab_size"),
            ContextLength = root.Size("n_positions", root.Size("n_ctx", 1024)),
            Width = width,
            Blocks = Blocks(root, new BlockShape(heads, heads, Math.Max(1, width / heads), root.Size("n_inner", 4 * width)), root.Size("n_layer"), width),
            NormEpsilon = (float)root.Number("layer_norm_epsilon", 1e-5),
            Norm = NormKind.Layer,
            FeedForward = FeedForwardKind.Gelu,
            TiedEmbeddings = root.Flag("tie_word_embeddings", true),
        };
    }

    static BlockShape[] Blocks(ConfigurationObject root, BlockShape block, int count, int width)
    {
        bool sound = block.Heads % block.KvHeads == 0 && block.HeadChannels % 2 == 0 && block.HeadChannels <= 1024 && block.Heads <= 1 << 16
            && count <= 4096 && width <= 1 << 20 && block.FeedForwardWidth <= 1 << 24;
        return sound ? [.. Enumerable.Repeat(block, count)]
            : throw root.Wrong($"{count} layers of width {width} and {block.FeedForwardWidth} with {block.Heads} heads, {block.KvHeads} KV heads of {block.HeadChannels} channels");
    }

    /// <summary>Newer files hold the base beside the scaling, under a name of its own.</summary>
    static RotarySettings ReadRotary(ConfigurationObject root, int channels, int context)
    {
        ConfigurationObject? scaling = root.Object("rope_scaling") ?? root.Object("rope_parameters");
        double theta = root.Above(1, "rope_theta", scaling?.Number("rope_theta", 10000) ?? 10000);
        RotarySettings plain = new(theta, channels) { OriginalContext = context };
        return scaling?.Text("rope_type", scaling.Text("type", "default")) switch
        {
            null or "default" => plain,
            "linear" => Scaled(plain, scaling, RotaryScaling.Linear),
            "llama3" => Scaled(plain, scaling, RotaryScaling.Llama3),
            "yarn" => Scaled(plain, scaling, RotaryScaling.Yarn),
            string other => throw root.Wrong($"rope_scaling of type \"{Names.Printable(other)}\" is not handled"),
        };
    }

    static RotarySettings Scaled(RotarySettings plain, ConfigurationObject scaling, RotaryScaling kind)
    {
        RotarySettings settings = plain with
        {
            Scaling = kind,
            Factor = scaling.Above(0, "factor", 1),
            OriginalContext = scaling.Size("original_max_position_embeddings", plain.OriginalContext),
            LowFactor = scaling.Above(0, "low_freq_factor", plain.LowFactor),
            HighFactor = scaling.Above(0, "high_freq_factor", plain.HighFactor),
            BetaFast = scaling.Above(0, "beta_fast", plain.BetaFast),
            BetaSlow = scaling.Above(0, "beta_slow", plain.BetaSlow),
        };
        return settings.LowFactor < settings.HighFactor ? settings
            : throw scaling.Wrong($"low_freq_factor {settings.LowFactor} is not below high_freq_factor {settings.HighFactor}");
    }
}
