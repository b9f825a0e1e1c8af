using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A <see cref="SmallShape"/> of the Llama architecture as a llama2.c file with its tokenizer.bin, with <see cref="SmallModel"/>'s weights.</summary>
public sealed class SmallLlama2c : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-llama2c-").FullName;

    public SmallLlama2c(SmallShape shape)
    {
        Path = System.IO.Path.Combine(folder, "small.bin");
        File.WriteAllBytes(Path, Model(shape));
        File.WriteAllBytes(System.IO.Path.Combine(folder, "tokenizer.bin"), Vocabulary());
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // Version 0: seven numbers, then one kind of tensor after the other, each for all layers, and two tables of angles.
    static byte[] Model(SmallShape shape)
    {
        Dictionary<string, SmallTensor> tensors = SmallTensors.Of(shape).ToDictionary(t => t.Name);
        int vocabulary = shape.Tied ? SmallShape.Vocabulary : -SmallShape.Vocabulary;
        int[] numbers = [shape.Width, shape.FeedForward, shape.Layers, shape.Heads, shape.KvHeads, vocabulary, shape.Context];
        string[] kinds = ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_down", "ffn_up"];
        IEnumerable<string> names = ["token_embd.weight", .. kinds.SelectMany(kind => Enumerable.Range(0, shape.Layers).Select(b => $"blk.{b}.{kind}.weight")), "output_norm.weight"];
        byte[] angles = new byte[shape.HeadChannels * shape.Context * sizeof(float)];
        byte[] head = shape.Tied ? [] : SmallFolder.Bytes(tensors["output.weight"], TensorFormat.F32);
        return [.. numbers.SelectMany(BitConverter.GetBytes), .. names.SelectMany(name => SmallFolder.Bytes(tensors[name], TensorFormat.F32)), .. angles, .. head];
    }

    // The longest piece, then each with its score and length; a space stands for itself.
    static byte[] Vocabulary()
    {
        GgufStringArray pieces = SmallMetadata.Of(SmallShape.Find("llama"))["tokenizer.ggml.tokens"].AsStrings();
        List<byte> file = [.. BitConverter.GetBytes(6)];
        for (int id = 0; id < pieces.Count; id++)
        {
            byte[] text = Encoding.UTF8.GetBytes(id is 1 or 2 ? $"\n{pieces[id]}\n" : pieces[id].Replace('▁', ' '));
            file.AddRange([.. BitConverter.GetBytes(-(float)id), .. BitConverter.GetBytes(text.Length), .. text]);
        }
        return [.. file];
    }
}
