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
        RecodedWeights weights = new(origin.Weights, entry => PartsOf(entry.Name).Any(options.IsLearning) ? TensorFormat.F32 : options.FrozenFormat is { } frozen && IsOfBlock(entry) ? Fitting(entry, frozen) : entry.Format);
        TensorReader reader = new(weights, pool, account);
        TransformerModel layers = TransformerModel.Load(origin.Configuration, reader);
        reader.Close();
        HashSet<string> known = [.. layers.Weights.Select(weight => weight.Name)];
        return (layers, origin.Weights.Tensors.Where(entry => !PartsOf(entry.Name).All(known.Contains)).ToDictionary(entry => entry.Name, entry => Bytes(origin.Weights, entry)));
    }

    // QLoRA's linear layers: embeddings and the output matrix stay as they are (arXiv 2305.14314, section 3).
    static bool IsOfBlock(TensorEntry entry) => TensorNames.IsOfBlock(entry.Name) && entry.Shape.Rows > 1;

    static TensorFormat Fitting(TensorEntry entry, TensorFormat format) => entry.Shape.Columns % format.BlockElements() == 0 ? format
        : throw new InputException($"{entry.Name} of {entry.Shape.Columns} columns is not in whole blocks of {format.Name()}", "qlora", $"give base=IQ4_NL or base=Q4_0, whose blocks are of {TensorFormat.Q4_0.BlockElements()}");

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
