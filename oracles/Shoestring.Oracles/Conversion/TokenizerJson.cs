using System.Text.Json;

namespace Shoestring.Oracles;

/// <summary>A GGUF's vocabulary as the tokenizer.json that Hugging Face's own converters make of it.</summary>
static class TokenizerJson
{
    const int Unknown = 2, Control = 3;

    /// <summary>The document, and tokenizer_config.json beside it.</summary>
    /// <param name="vocabulary">A vocabulary-only file.</param>
    /// <param name="pattern">The expression that cuts words; null for SentencePiece.</param>
    /// <param name="wholeWords">Whether a word that is a piece is taken whole.</param>
    public static (string Tokenizer, string Config) Of(GgufFile vocabulary, string? pattern, bool wholeWords)
    {
        string[] pieces = vocabulary.Metadata["tokenizer.ggml.tokens"].AsStrings().ToArray();
        int[] types = vocabulary.Metadata["tokenizer.ggml.token_type"].AsInt32Array();
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            json.WriteStartArray("added_tokens");
            for (int id = 0; id < pieces.Length; id++)
            {
                if (types[id] is Unknown or Control)
                    json.WriteRawValue($$"""{"id":{{id}},"content":{{Quoted(pieces[id])}},"special":true}""");
            }
            json.WriteEndArray();
            Pipeline(json, pattern);
            Model(json, pieces, pattern is null ? Merges(pieces, vocabulary.Metadata["tokenizer.ggml.scores"].AsSingleArray()) : vocabulary.Metadata["tokenizer.ggml.merges"].AsStrings(), pattern is null, wholeWords);
            json.WriteEndObject();
        }
        return (System.Text.Encoding.UTF8.GetString(text.ToArray()), Config(vocabulary, pieces));
    }

    static void Pipeline(Utf8JsonWriter json, string? pattern)
    {
        if (pattern is null)
        {
            json.WritePropertyName("normalizer");
            json.WriteRawValue("""{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""");
            return;
        }
        json.WritePropertyName("pre_tokenizer");
        json.WriteRawValue($$"""
            {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":{{Quoted(pattern)}}},"behavior":"Isolated","invert":false},
             {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}
            """);
    }

    static void Model(Utf8JsonWriter json, string[] pieces, IEnumerable<string> merges, bool byteFallback, bool wholeWords)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteBoolean("byte_fallback", byteFallback);
        json.WriteBoolean("ignore_merges", wholeWords);
        json.WriteStartObject("vocab");
        for (int id = 0; id < pieces.Length; id++)
            json.WriteNumber(pieces[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (string merge in merges)
            json.WriteStringValue(merge);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // Every two pieces that spell a piece, the higher score first; among equals in the order of the ids.
    static IEnumerable<string> Merges(string[] pieces, float[] scores)
    {
        HashSet<string> known = [.. pieces];
        return Enumerable.Range(0, pieces.Length).OrderByDescending(id => scores[id]).SelectMany(id => Splits(pieces[id], known));
    }

    static IEnumerable<string> Splits(string piece, HashSet<string> known)
    {
        for (int at = 1; at < piece.Length; at++)
        {
            if (!char.IsLowSurrogate(piece[at]) && known.Contains(piece[..at]) && known.Contains(piece[at..]))
                yield return $"{piece[..at]} {piece[at..]}";
        }
    }

    static string Config(GgufFile vocabulary, string[] pieces)
    {
        var roles = from role in (string[])["bos", "eos"]
                    let id = vocabulary.Metadata.GetInt($"tokenizer.ggml.{role}_token_id", -1)
                    where id >= 0
                    select $"\"{role}_token\":{Quoted(pieces[id])}";
        return $$"""{{{string.Join(',', roles)}}}""";
    }

    static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
