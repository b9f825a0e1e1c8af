using System.Globalization;
using System.Runtime.InteropServices;
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

    /// <summary>Puts low-rank deltas on layers: A drawn, B zero, so that nothing changes yet.</summary>
    public static DeltaMemory Attach(TransformerModel layers, LowRankOptions options, MemoryAccount account)
    {
        if (options.Rank < 1 || !double.IsFinite(options.Alpha))
        {
            throw new InputException($"a rank of {options.Rank} and an alpha of {options.Alpha}", "lora", "give a rank of at least 1 and a finite alpha");
        }
        DeltaMemory memory = new(options.Rank, account);
        ulong number = 0;
        foreach ((string name, Linear layer) in layers.Linears)
        {
            if (options.Layers.Contains(name.Split('.')[^1]))
            {
                layer.Delta = new LowRankDelta(Drawn(options, layer.Weight.Columns, number++, account), PackedMatrix.Zeros(options.Rank, layer.Outputs, MemoryKind.Weights, account), options.Scale, memory);
            }
        }
        return number > 0 ? memory : throw new InputException($"none of the layers {string.Join(", ", options.Layers)} is in the model", "lora", "name layers like attn_q, attn_k, attn_v, attn_output, ffn_gate, ffn_up, ffn_down");
    }

    // Uniform within ±1/√inputs: the initialization of the paper's own code (loralib), Kaiming's for a slope of √5.
    static PackedMatrix Drawn(LowRankOptions options, int inputs, ulong number, MemoryAccount account)
    {
        float[] values = new float[options.Rank * inputs];
        double bound = 1 / Math.Sqrt(inputs);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(bound * ((2 * CounterRandom.Uniform(options.Seed, number, (ulong)i)) - 1));
        }
        return PackedMatrix.FromBytes(TensorFormat.F32, options.Rank, inputs, MemoryMarshal.AsBytes(values.AsSpan()), account);
    }

    /// <summary>Whether a weight is a delta's.</summary>
    public static bool IsOfDelta(string name) => name.EndsWith(".lora_a", StringComparison.Ordinal) || name.EndsWith(".lora_b", StringComparison.Ordinal);

    /// <summary>The first block that a backward pass must reach.</summary>
    public static int FirstBlock(IEnumerable<string> learned, ModelConfiguration model) => learned.Min(name => name.Split('.') switch
    {
        ["blk", var number, ..] => int.Parse(number, CultureInfo.InvariantCulture),
        ["token_embd" or "position_embd", ..] => 0,
        _ => model.Blocks.Count,
    });
}
