using System.Globalization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Puts a model together for training.</summary>
static class ModelParts
{
    static readonly string[] Fused = ["attn_q", "attn_k", "attn_v"];

    /// <summary>The layers, and the bytes of those tensors that are none of theirs (Llama 3's rope_freqs.weight).</summary>
    public static (TransformerModel Layers, IReadOnlyDictionary<string, byte[]> Others) Load(ModelOrigin origin, WorkerPool pool, TrainableOptions options, MemoryAccount account)
    {
        FloatWeights weights = new(origin.Weights, name => PartsOf(name).Any(options.IsLearning));
        TensorReader reader = new(weights, pool, account);
        TransformerModel layers = TransformerModel.Load(origin.Configuration, reader);
        reader.Close();
        HashSet<string> known = [.. layers.Weights.Select(weight => weight.Name)];
        return (layers, origin.Weights.Tensors.Where(entry => !PartsOf(entry.Name).All(known.Contains)).ToDictionary(entry => entry.Name, entry => Bytes(origin.Weights, entry)));
    }

    static byte[] Bytes(ModelFile file, TensorEntry entry)
    {
        byte[] bytes = new byte[entry.Bytes];
        file.Read(entry, 0, bytes);
        return bytes;
    }

    /// <summary>The names of the weights that a file's tensor holds: GPT-2 has query, key and value in one.</summary>
    public static IEnumerable<string> PartsOf(string tensor) => tensor.Contains(".attn_qkv.", StringComparison.Ordinal)
        ? Fused.Select(part => tensor.Replace("attn_qkv", part, StringComparison.Ordinal)) : [tensor];

    /// <summary>The first block that a backward pass must reach.</summary>
    public static int FirstBlock(IEnumerable<string> learned, ModelConfiguration model) => learned.Min(name => name.Split('.') switch
    {
        ["blk", var number, ..] => int.Parse(number, CultureInfo.InvariantCulture),
        ["token_embd" or "position_embd" or "prompt_embd", ..] => 0,
        _ => model.Blocks.Count,
    });
}
