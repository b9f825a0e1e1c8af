using System.Globalization;
using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

/// <summary>What make_mixes.py saw llama.cpp choose for its models.</summary>
static class MixOracle
{
    internal sealed record Model(
        string Architecture, int Layers, int Heads, int KeyValueHeads, int Width, int FeedForward, int Vocabulary, bool Tied)
    {
        internal MixShape Shape => new(Layers, Heads, KeyValueHeads);

        internal List<TensorEntry> Tensors()
        {
            List<TensorEntry> tensors = [Matrix("token_embd.weight", Width, Vocabulary), Vector("output_norm.weight", Width)];
            if (!Tied)
            {
                tensors.Add(Matrix("output.weight", Width, Vocabulary));
            }

            if (Architecture == "gpt2")
            {
                tensors.Add(Matrix("position_embd.weight", Width, 32));
            }

            // From the last layer to the first: the choice must not depend on the order in the file.
            tensors.AddRange(Enumerable.Range(0, Layers).Reverse().SelectMany(layer => Block($"blk.{layer}.")));
            return tensors;
        }

        IEnumerable<TensorEntry> Block(string prefix)
        {
            var keyWidth = Width / Heads * KeyValueHeads;
            IEnumerable<TensorEntry> attention = Architecture == "gpt2"
                ? [Matrix("attn_qkv.weight", Width, 3 * Width), Vector("attn_qkv.bias", 3 * Width)]
                : [Matrix("attn_q.weight", Width, Width), Matrix("attn_k.weight", Width, keyWidth), Matrix("attn_v.weight", Width, keyWidth),
                   Matrix("ffn_gate.weight", Width, FeedForward)];
            IEnumerable<TensorEntry> rest =
                [Vector("attn_norm.weight", Width), Matrix("attn_output.weight", Width, Width), Vector("ffn_norm.weight", Width),
                 Matrix("ffn_up.weight", Width, FeedForward), Matrix("ffn_down.weight", FeedForward, Width)];
            return attention.Concat(rest).Select(tensor => tensor with { Name = prefix + tensor.Name });
        }
    }

    static TensorEntry Matrix(string name, long columns, long rows) => Entry(name, new TensorShape(columns, rows), TensorFormat.F16);

    static TensorEntry Vector(string name, long length) => Entry(name, new TensorShape(length), TensorFormat.F32);

    static TensorEntry Entry(string name, TensorShape shape, TensorFormat format) =>
        new(name, shape, format, 0, 0, format.TensorBytes(shape));

    /// <summary>The models with the targets and, for each, the formats that are not the usual one.</summary>
    internal static IEnumerable<(Model Model, QuantizationTarget Target, Dictionary<string, TensorFormat> Unusual)> Read()
    {
        var model = new Model("", 0, 0, 0, 0, 0, 0, false);
        var lines = new Queue<string>(Lines());
        while (lines.TryDequeue(out var line))
        {
            var words = line.Split(' ');
            if (words[0] == "model")
            {
                int Number(int index) => int.Parse(words[index], CultureInfo.InvariantCulture);
                model = new Model(words[1], Number(2), Number(3), Number(4), Number(5), Number(6), Number(7), bool.Parse(words[8]));
                continue;
            }

            var unusual = new Dictionary<string, TensorFormat>();
            while (lines.TryPeek(out var next) && !next.StartsWith("model", StringComparison.Ordinal) && !next.StartsWith("target", StringComparison.Ordinal))
            {
                Add(unusual, lines.Dequeue().Split(' '));
            }

            yield return (model, QuantizationTargets.Parse(words[1]), unusual);
        }
    }

    static void Add(Dictionary<string, TensorFormat> unusual, string[] words)
    {
        var names = words.Length == 2 ? [words[0]] : words[2].Split(',').Select(layer => $"blk.{layer}.{words[0]}");
        foreach (var name in names)
        {
            unusual.Add(name, BlockFormats.Parse(words[1]));
        }
    }

    static string[] Lines()
    {
        using var stream = typeof(MixOracle).Assembly.GetManifestResourceStream("Quantization.mixes.txt")
            ?? throw new FileNotFoundException("oracle file is not embedded", "mixes.txt");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
