using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Some blocks of a model, numbered anew, as a model of their own: nothing is copied.</summary>
sealed class BlockSelection : ModelFile
{
    readonly ModelFile source;
    readonly Dictionary<string, TensorEntry> originals = new(StringComparer.Ordinal);
    readonly TensorEntry[] tensors;

    /// <summary>The blocks <paramref name="kept"/>, ascending, of a model that must stay open.</summary>
    public BlockSelection(ModelFile source, IReadOnlyList<int> kept)
    {
        this.source = source;
        var places = kept.Select((block, place) => (block, place)).ToDictionary(pair => pair.block, pair => pair.place);
        foreach (TensorEntry tensor in source.Tensors)
        {
            int block = TensorRoles.Layer(tensor.Name);
            if (block < 0)
            {
                originals[tensor.Name] = tensor;
            }
            else if (places.TryGetValue(block, out int place))
            {
                originals[TensorNames.Block(place, tensor.Name[TensorNames.Block(block, "").Length..])] = tensor;
            }
        }

        tensors = [.. originals.Select(pair => pair.Value with { Name = pair.Key })];
    }

    public override string Path => source.Path;

    public override long FileBytes => source.FileBytes;

    public override IReadOnlyList<TensorEntry> Tensors => tensors;

    public override void Read(TensorEntry tensor, long offset, Span<byte> destination) => source.Read(originals[tensor.Name], offset, destination);

    public override TensorEntry? Find(string name) => Array.Find(tensors, tensor => tensor.Name == name);

    public override void Dispose()
    {
        // The source is whoever's opened it.
    }

    /// <summary>The metadata of a model of these blocks: their number, and of what is said block by block only theirs.</summary>
    public static GgufMetadata Describe(GgufMetadata metadata, IReadOnlyList<int> kept)
    {
        string architecture = metadata.GetString("general.architecture");
        int blocks = metadata.GetInt($"{architecture}.block_count");
        GgufMetadata described = metadata.With($"{architecture}.block_count", GgufValue.From((uint)kept.Count));
        foreach (string key in (string[])["attention.head_count", "attention.head_count_kv", "feed_forward_length"])
        {
            if (metadata.TryGet($"{architecture}.{key}", out GgufValue? value) && value.Type == GgufType.Array && value.AsInt32Array() is { } each && each.Length == blocks)
            {
                described = described.With($"{architecture}.{key}", GgufValue.FromArray<int>([.. kept.Select(block => each[block])]));
            }
        }

        return described;
    }
}
