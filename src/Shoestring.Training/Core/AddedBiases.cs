using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A model's file as if the layers without a bias had one of zeros.</summary>
sealed class AddedBiases : ModelFile
{
    readonly ModelFile source;
    readonly Dictionary<string, TensorEntry> added;

    AddedBiases(ModelFile source, IEnumerable<TensorEntry> added)
    {
        this.source = source;
        this.added = added.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Tensors = [.. source.Tensors, .. this.added.Values];
    }

    /// <summary>A model of which the biases are to learn.</summary>
    /// <exception cref="InputException">It has none, and none are to be added.</exception>
    public static ModelOrigin To(ModelOrigin origin, BiasOptions options)
    {
        bool has = origin.Weights.Tensors.Any(tensor => tensor.Name.EndsWith(".bias", StringComparison.Ordinal));
        return options.AddsMissing ? origin with { Weights = new AddedBiases(origin.Weights, Missing(origin)) }
            : has ? origin
            : throw new InputException("the model has no biases", origin.Weights.Path, "add them with bitfit:add=true, or take another method");
    }

    static IEnumerable<TensorEntry> Missing(ModelOrigin origin)
    {
        for (int block = 0; block < origin.Configuration.Blocks.Count; block++)
        {
            foreach (LayerShape layer in LayerShape.Of(origin.Configuration, origin.Configuration.Blocks[block]))
            {
                string name = TensorNames.Block(block, layer.Name) + ".bias";
                bool isFused = layer.Name is "attn_q" or "attn_k" or "attn_v" && origin.Weights.Find(TensorNames.Block(block, "attn_qkv.weight")) is not null;
                if (!isFused && origin.Weights.Find(name) is null)
                {
                    yield return new TensorEntry(name, new TensorShape(layer.Outputs), TensorFormat.F32, 0, 0, (long)layer.Outputs * sizeof(float));
                }
            }
        }
    }

    public override string Path => source.Path;

    public override long FileBytes => source.FileBytes;

    public override IReadOnlyList<TensorEntry> Tensors { get; }

    public override TensorEntry? Find(string name) => added.GetValueOrDefault(name) ?? source.Find(name);

    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        if (added.ContainsKey(tensor.Name))
        {
            destination.Clear();
            return;
        }
        source.Read(tensor, offset, destination);
    }

    public override void Dispose()
    {
        // The file beneath belongs to whoever opened it.
    }
}
