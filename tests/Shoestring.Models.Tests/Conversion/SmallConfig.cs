using System.Text;
using System.Text.Json;

namespace Shoestring.Models.Tests;

/// <summary>The configuration and vocabulary of a small folder.</summary>
static class SmallConfig
{
    /// <summary>The vocabulary of <see cref="SmallMetadata"/> as a tokenizer.json: no merges, every byte, letters.</summary>
    public static string Tokenizer { get; } = """
        {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true},{"id":2,"content":"</s>","special":true}],
         "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
         "pre_tokenizer":null,"model":{"type":"BPE","byte_fallback":true,"unk_token":"<unk>","merges":[],"vocab":{VOCAB}}}
        """.Replace("VOCAB", string.Join(',', Pieces().Select((piece, id) => $"\"{JsonEncodedText.Encode(piece)}\":{id}")));

    public static Dictionary<string, object?> Of(SmallShape shape) => shape.IsGpt2
        ? new()
        {
            ["model_type"] = "gpt2",
            ["n_embd"] = shape.Width,
            ["n_head"] = shape.Heads,
            ["n_layer"] = shape.Layers,
            ["n_positions"] = shape.Context,
            ["n_inner"] = shape.FeedForward,
            ["vocab_size"] = SmallShape.Vocabulary,
            ["layer_norm_epsilon"] = 1e-5,
            ["activation_function"] = "gelu_new",
        }
        : new()
        {
            ["model_type"] = shape.Window > 0 ? "mistral" : shape.Architecture,
            ["hidden_size"] = shape.Width,
            ["num_attention_heads"] = shape.Heads,
            ["num_key_value_heads"] = shape.KvHeads,
            ["head_dim"] = shape.HeadChannels,
            ["num_hidden_layers"] = shape.Layers,
            ["intermediate_size"] = shape.FeedForward,
            ["max_position_embeddings"] = shape.Context,
            ["vocab_size"] = SmallShape.Vocabulary,
            ["rms_norm_eps"] = 1e-6,
            ["rope_theta"] = (double)shape.RopeBase,
            ["tie_word_embeddings"] = shape.Tied,
            ["hidden_act"] = "silu",
            ["sliding_window"] = shape.Window > 0 ? shape.Window : null,
        };

    /// <summary>An object of strings, numbers, truth values, nulls and such objects.</summary>
    public static string Json(Dictionary<string, object?> members)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            Write(json, members);
        }
        return Encoding.UTF8.GetString(text.ToArray());
    }

    static void Write(Utf8JsonWriter json, Dictionary<string, object?> members)
    {
        json.WriteStartObject();
        foreach ((string name, object? value) in members)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case string text: json.WriteStringValue(text); break;
                case bool truth: json.WriteBooleanValue(truth); break;
                case int number: json.WriteNumberValue(number); break;
                case double number: json.WriteNumberValue(number); break;
                case Dictionary<string, object?> inner: Write(json, inner); break;
                default: throw new ArgumentException($"{name} is {value.GetType()}");
            }
        }
        json.WriteEndObject();
    }

    static List<string> Pieces()
    {
        List<string> pieces = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), "▁"];
        for (int i = 0; pieces.Count < SmallShape.Vocabulary; i++)
        {
            pieces.Add(new Rune('A' + i).ToString());
        }
        return pieces;
    }
}
