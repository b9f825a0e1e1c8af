using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Writes a configuration as GGUF metadata (ggml-org/ggml, docs/gguf.md, "LLM").</summary>
static class GgufConfigurationWriter
{
    /// <summary>The keys of the architecture.</summary>
    public static IEnumerable<(string Key, GgufValue Value)> Write(ModelConfiguration model)
    {
        BlockShape block = model.Blocks[0];
        (string Key, GgufValue Value)[] sizes =
        [
            ("vocab_size", Count(model.Vocabulary)),
            ("context_length", Count(model.ContextLength)),
            ("embedding_length", Count(model.Width)),
            ("block_count", Count(model.Blocks.Count)),
            ("feed_forward_length", Count(block.FeedForwardWidth)),
            ("attention.head_count", Count(block.Heads)),
            ("attention.head_count_kv", Count(block.KvHeads)),
            ("attention.key_length", Count(block.HeadChannels)),
            ("attention.value_length", Count(block.HeadChannels)),
            (model.Norm == NormKind.Layer ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", GgufValue.From(model.NormEpsilon)),
        ];
        IEnumerable<(string Key, GgufValue Value)> window = block.Window > 0 ? [("attention.sliding_window", Count(block.Window))] : [];
        IEnumerable<(string Key, GgufValue Value)> rotary = model.Rotary?.Settings is { } settings ? Rotary(settings) : [];
        return sizes.Concat(window).Concat(rotary).Select(pair => ($"{model.Architecture}.{pair.Key}", pair.Value));
    }

    // Llama 3's stretching has no key: it is in the tensor rope_freqs.weight.
    static IEnumerable<(string Key, GgufValue Value)> Rotary(RotarySettings settings)
    {
        yield return ("rope.dimension_count", Count(settings.Channels));
        yield return ("rope.freq_base", GgufValue.From((float)settings.Theta));
        if (settings.Scaling is not (RotaryScaling.Linear or RotaryScaling.Yarn))
        {
            yield break;
        }
        yield return ("rope.scaling.type", GgufValue.From(settings.Scaling == RotaryScaling.Linear ? "linear" : "yarn"));
        yield return ("rope.scaling.factor", GgufValue.From((float)settings.Factor));
        if (settings.Scaling == RotaryScaling.Yarn)
        {
            yield return ("rope.scaling.original_context_length", Count(settings.OriginalContext));
            yield return ("rope.scaling.yarn_beta_fast", GgufValue.From((float)settings.BetaFast));
            yield return ("rope.scaling.yarn_beta_slow", GgufValue.From((float)settings.BetaSlow));
        }
    }

    static GgufValue Count(int value) => GgufValue.From((uint)value);
}
