using System.Text;

namespace Shoestring.Oracles;

/// <summary>A GGUF of the Llama architecture in F32 as the llama2.c file (version 0) and tokenizer.bin that it could have been made from.</summary>
sealed class Llama2cOf : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-llama2c-").FullName;

    public Llama2cOf(GgufFile model)
    {
        Path = System.IO.Path.Combine(folder, "model.bin");
        File.WriteAllBytes(Path, [.. Weights(model)]);
        File.WriteAllBytes(System.IO.Path.Combine(folder, "tokenizer.bin"), [.. Vocabulary(model.Metadata)]);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static IEnumerable<byte> Weights(GgufFile model)
    {
        int Size(string key) => model.Metadata.GetInt($"llama.{key}");
        int width = Size("embedding_length"), layers = Size("block_count"), heads = Size("attention.head_count"), context = Size("context_length");
        int vocabulary = (int)model.Find("token_embd.weight")!.Shape.Rows;
        bool tied = model.Find("output.weight") is null;
        int[] numbers = [width, Size("feed_forward_length"), layers, heads, Size("attention.head_count_kv"), tied ? vocabulary : -vocabulary, context];
        string[] kinds = ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_down", "ffn_up"];
        IEnumerable<string> names = ["token_embd.weight", .. kinds.SelectMany(kind => Enumerable.Range(0, layers).Select(layer => $"blk.{layer}.{kind}.weight")), "output_norm.weight"];
        return numbers.SelectMany(BitConverter.GetBytes).Concat(names.SelectMany(Tensor))
            .Concat(new byte[width / heads * context * sizeof(float)]).Concat(tied ? [] : Tensor("output.weight"));

        byte[] Tensor(string name)
        {
            TensorEntry entry = model.Find(name)!;
            entry.Format.ShouldBe(TensorFormat.F32, name);
            return model.Map(entry).ToArray();
        }
    }

    static IEnumerable<byte> Vocabulary(GgufMetadata metadata)
    {
        GgufStringArray pieces = metadata["tokenizer.ggml.tokens"].AsStrings();
        float[] scores = metadata["tokenizer.ggml.scores"].AsSingleArray();
        return BitConverter.GetBytes(27).Concat(Enumerable.Range(0, pieces.Count).SelectMany(id =>
        {
            byte[] text = Encoding.UTF8.GetBytes(id is 1 or 2 ? $"\n{pieces[id]}\n" : pieces[id].Replace('▁', ' '));
            return (byte[])[.. BitConverter.GetBytes(scores[id]), .. BitConverter.GetBytes(text.Length), .. text];
        }));
    }
}
