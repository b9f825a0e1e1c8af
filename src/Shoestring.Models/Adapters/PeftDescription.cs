using System.Buffers;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Writes the adapter_config.json of a PEFT folder.</summary>
static class PeftDescription
{
    /// <summary>Its bytes.</summary>
    /// <param name="parts">All low-rank, or all factors of channels; those of fused matrices are one.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="InputException">PEFT has no adapter of both kinds, nor of some layers with and some without magnitudes.</exception>
    public static byte[] Of(IReadOnlyList<AdapterPart> parts, ModelConfiguration model)
    {
        if (parts[0].VirtualRows > 0)
        {
            return Virtual(parts, model);
        }
        LowRankPart[] low = [.. parts.OfType<LowRankPart>()];
        ChannelPart[] channels = [.. parts.OfType<ChannelPart>()];
        if ((low.Length > 0) == (channels.Length > 0) || low.DistinctBy(part => (part.IsRankStabilized, part.Magnitude is null)).Count() > 1)
        {
            throw new InputException("its layers are adapted in different ways, which PEFT has no one configuration for", "adapter", "train each way by itself");
        }
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("peft_type", low.Length > 0 ? "LORA" : "IA3");
            json.WriteString("task_type", "CAUSAL_LM");
            json.WriteNull("base_model_name_or_path");
            json.WriteBoolean("inference_mode", true);
            json.WriteBoolean("fan_in_fan_out", FusedParts.IsFused(model));
            Strings(json, "target_modules", parts, model);
            if (low.Length > 0)
            {
                LowRank(json, low, model);
            }
            else
            {
                Strings(json, "feedforward_modules", channels.Where(part => part.OfInputs), model);
                json.WriteBoolean("init_ia3_weights", true);
            }
            json.WriteNull("modules_to_save");
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    static byte[] Virtual(IReadOnlyList<AdapterPart> parts, ModelConfiguration model)
    {
        bool isPrompt = parts[0] is PromptPart;
        BlockShape block = model.Blocks[0];
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("peft_type", isPrompt ? "PROMPT_TUNING" : "PREFIX_TUNING");
            json.WriteString("task_type", "CAUSAL_LM");
            json.WriteNull("base_model_name_or_path");
            json.WriteBoolean("inference_mode", true);
            json.WriteNumber("num_virtual_tokens", parts[0].VirtualRows);
            json.WriteNumber("token_dim", isPrompt ? model.Width : block.KvHeads * block.HeadChannels);
            json.WriteNumber("num_transformer_submodules", 1);
            json.WriteNumber("num_attention_heads", isPrompt ? block.Heads : block.KvHeads);
            json.WriteNumber("num_layers", model.Blocks.Count);
            if (isPrompt)
            {
                json.WriteString("prompt_tuning_init", "RANDOM");
            }
            else
            {
                json.WriteBoolean("prefix_projection", false);
                json.WriteNumber("encoder_hidden_size", model.Width);
            }
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    static void Strings(Utf8JsonWriter json, string name, IEnumerable<AdapterPart> parts, ModelConfiguration model)
    {
        json.WriteStartArray(name);
        foreach (string module in parts.Select(part => PeftNames.Module(part.Layer, model)).Distinct())
        {
            json.WriteStringValue(module);
        }
        json.WriteEndArray();
    }

    static void LowRank(Utf8JsonWriter json, LowRankPart[] parts, ModelConfiguration model)
    {
        LowRankPart usual = parts.MinBy(part => part.Rank)!;
        json.WriteNumber("r", usual.Rank);
        json.WriteNumber("lora_alpha", usual.Alpha);
        json.WriteNumber("lora_dropout", 0);
        json.WriteString("bias", "none");
        json.WriteBoolean("use_rslora", usual.IsRankStabilized);
        json.WriteBoolean("use_dora", usual.Magnitude is not null);
        json.WriteBoolean("init_lora_weights", true);
        Pattern(json, "rank_pattern", parts, part => part.Rank, usual.Rank, model);
        Pattern(json, "alpha_pattern", parts, part => part.Alpha, usual.Alpha, model);
    }

    static void Pattern(Utf8JsonWriter json, string name, LowRankPart[] parts, Func<LowRankPart, double> value, double usual, ModelConfiguration model)
    {
        json.WriteStartObject(name);
        foreach (LowRankPart part in parts.Where(part => value(part) != usual))
        {
            // The whole name but PEFT's own prefix, so that no other layer ends in it.
            json.WriteNumber(PeftNames.Of(part.Layer, model)["base_model.model.".Length..], value(part));
        }
        json.WriteEndObject();
    }
}
