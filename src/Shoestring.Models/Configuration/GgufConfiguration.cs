using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Reads a configuration from GGUF metadata (ggml-org/ggml, docs/gguf.md, "LLM").</summary>
public static class GgufConfiguration
{
    static readonly string[] Known = ["llama", "qwen2", "qwen3", "gpt2"];

    /// <summary>The configuration of the model in <paramref name="file"/>.</summary>
    /// <exception cref="ModelFileException">A key is missing or absurd, or the architecture is not handled.</exception>
    public static ModelConfiguration Read(GgufFile file) => Read(file, file.Metadata);

    /// <summary>The configuration of a model whose metadata stands elsewhere.</summary>
    /// <param name="file">The model, its tensors under their GGUF names.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <exception cref="ModelFileException">A key is missing or absurd, or the architecture is not handled.</exception>
    public static ModelConfiguration Read(ModelFile file, GgufMetadata metadata)
    {
        string written = metadata.GetString("general.architecture"), architecture = ShoestringLayout.Underlying(written);
        if (!Known.Contains(architecture))
        {
            throw new ModelFileException($"architecture \"{written}\" is not handled", file.Path, $"use a model of one of: {string.Join(", ", Known)}");
        }
        bool gpt2 = architecture == "gpt2";
        Keys keys = new(metadata, written, file.Path);
        int width = keys.Size("embedding_length", 1 << 20), count = keys.Size("block_count", 4096);
        bool tied = file.Find("output.weight") == null;
        ModelConfiguration configuration = new()
        {
            Architecture = architecture,
            Vocabulary = Vocabulary(file),
            ContextLength = keys.Size("context_length", 1 << 26),
            Width = width,
            Blocks = Blocks(file, keys, width, count),
            NormEpsilon = keys.Float(gpt2 ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", 1e-5f),
            Norm = gpt2 ? NormKind.Layer : NormKind.RootMeanSquare,
            FeedForward = gpt2 ? FeedForwardKind.Gelu : FeedForwardKind.GatedSilu,
            TiedEmbeddings = tied,
        };
        return gpt2 ? configuration : configuration with { Rotary = Rotary(file, keys, configuration) };
    }

    static int Vocabulary(ModelFile file)
    {
        TensorEntry embedding = file.Find("token_embd.weight")
            ?? throw new ModelFileException("the file has no tensor token_embd.weight", file.Path, "a vocabulary-only file can be tokenized with, not run");
        return checked((int)Math.Min(embedding.Shape.Rows, 1 << 26));
    }

    static BlockShape[] Blocks(ModelFile file, Keys keys, int width, int count)
    {
        int[] heads = keys.PerBlock("attention.head_count", count, null);
        int[] kvHeads = keys.PerBlock("attention.head_count_kv", count, heads);
        int[] feedForward = keys.PerBlock("feed_forward_length", count, null);
        int headChannels = keys.Optional("attention.key_length") ?? width / heads[0];
        int window = keys.Optional("attention.sliding_window") ?? 0;
        BlockShape[] blocks = new BlockShape[count];
        for (int b = 0; b < count; b++)
        {
            if (heads[b] % kvHeads[b] != 0 || headChannels is <= 0 or > 1024)
            {
                throw keys.Wrong($"block {b} has {heads[b]} heads, {kvHeads[b]} KV heads of {headChannels} channels");
            }
            blocks[b] = new BlockShape(heads[b], kvHeads[b], headChannels, feedForward[b], window)
            {
                Ranks = Ranks(file, b),
                HasShortcuts = file.Find(TensorNames.Block(b, TensorNames.MixerShortcut)) != null,
            };
        }
        return blocks;
    }

    // The factors themselves say what rank they have; the loader holds the two of a layer against each other.
    static LayerRanks Ranks(ModelFile file, int block) => LayerRanks.Of(
        layer => file.Find(TensorNames.FactorIn(TensorNames.Block(block, layer))) is { } factor ? checked((int)Math.Min(factor.Shape.Rows, 1 << 24)) : 0);

    static Rotary Rotary(ModelFile file, Keys keys, ModelConfiguration configuration)
    {
        int channels = keys.Optional("rope.dimension_count") ?? configuration.Blocks[0].HeadChannels;
        if (channels <= 0 || channels % 2 != 0 || channels > configuration.Blocks[0].HeadChannels)
        {
            throw keys.Wrong($"rope.dimension_count {channels} does not fit heads of {configuration.Blocks[0].HeadChannels} channels");
        }
        double theta = keys.Float("rope.freq_base", 10000f);
        double factor = keys.Float("rope.scaling.factor", keys.Float("rope.scale_linear", 1f));
        if (!(theta > 1) || !(factor > 0) || !double.IsFinite(theta * factor))
        {
            throw keys.Wrong($"rope.freq_base {theta} or rope.scaling.factor {factor} is out of range");
        }
        double[] frequencies = RotaryFrequencies.Plain(theta, channels);
        if (file.Find("rope_freqs.weight") is { } factors)
        {
            frequencies = RotaryFrequencies.Divided(frequencies, Factors(file, factors, frequencies.Length));
        }
        string scaling = keys.Text("rope.scaling.type", factor == 1 ? "none" : "linear");
        int original = keys.Optional("rope.scaling.original_context_length") ?? configuration.ContextLength;
        RotaryLayout layout = configuration.Architecture == "llama" ? RotaryLayout.Interleaved : RotaryLayout.Halves;
        return scaling switch
        {
            "none" => new Rotary(layout, frequencies, 1),
            "linear" => new Rotary(layout, RotaryFrequencies.Linear(frequencies, factor), 1),
            "yarn" => new Rotary(layout, RotaryFrequencies.Yarn(frequencies, theta, channels, factor, original,
                keys.Float("rope.scaling.yarn_beta_fast", 32), keys.Float("rope.scaling.yarn_beta_slow", 1)), RotaryFrequencies.YarnMagnitude(factor)),
            _ => throw keys.Wrong($"rope.scaling.type \"{scaling}\" is not handled"),
        };
    }

    static float[] Factors(ModelFile file, TensorEntry entry, int pairs)
    {
        if (entry.Format != TensorFormat.F32 || entry.Shape.Elements != pairs)
        {
            throw new ModelFileException($"rope_freqs.weight is {entry.Format} {entry.Shape}, expected F32 [{pairs}]", file.Path, "convert the model again");
        }
        float[] factors = new float[pairs];
        file.Read(entry, 0, System.Runtime.InteropServices.MemoryMarshal.AsBytes(factors.AsSpan()));
        return factors.All(f => f > 0 && float.IsFinite(f)) ? factors
            : throw new ModelFileException("rope_freqs.weight holds a factor that is not positive", file.Path, "convert the model again");
    }

    /// <summary>Keys under the architecture's prefix, with bounds.</summary>
    sealed class Keys(GgufMetadata metadata, string architecture, string path)
    {
        public int Size(string name, int most)
        {
            int value = metadata.GetInt($"{architecture}.{name}");
            return value is > 0 && value <= most ? value : throw Wrong($"{name} is {value}, expected 1 … {most}");
        }

        public int? Optional(string name) => metadata.TryGet($"{architecture}.{name}", out GgufValue? value) ? value.AsInt32() : null;

        public float Float(string name, float otherwise) => metadata.GetFloat($"{architecture}.{name}", otherwise);

        public string Text(string name, string otherwise) => metadata.GetString($"{architecture}.{name}", otherwise);

        /// <summary>A number for all blocks or an array with one for each.</summary>
        public int[] PerBlock(string name, int count, int[]? otherwise)
        {
            string key = $"{architecture}.{name}";
            if (!metadata.Contains(key) && otherwise != null)
            {
                return otherwise;
            }
            GgufValue value = metadata[key];
            int[] values = value.Type == GgufType.Array ? value.AsInt32Array() : [.. Enumerable.Repeat(value.AsInt32(), count)];
            return values.Length == count && values.All(v => v is > 0 and <= 1 << 24) ? values
                : throw Wrong($"{name} has {values.Length} values for {count} blocks, or one out of range");
        }

        public ModelFileException Wrong(string what) => new($"metadata: {architecture}: {what}", path, "convert the model again with a current converter");
    }
}
