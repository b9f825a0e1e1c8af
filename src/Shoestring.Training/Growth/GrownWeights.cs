using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>The weights of a grown model, seen as a file; each is made from those of the small one as it is read.</summary>
sealed class GrownWeights : ModelFile
{
    enum Making
    {
        Copied,
        Silent,
        MoreRows,
        MoreColumns,
    }

    sealed record Source(TensorEntry Entry, TensorEntry Original, Making How);

    readonly ModelFile small;
    readonly GrowthPlan plan;
    readonly Dictionary<string, Source> sources = new(StringComparer.Ordinal);
    readonly List<TensorEntry> tensors = [];

    /// <summary>Plans the weights of a model that must stay open.</summary>
    public GrownWeights(ModelFile small, GrowthPlan plan)
    {
        (this.small, this.plan) = (small, plan);
        ILookup<int, (TensorEntry Entry, string Name)> byBlock = small.Tensors.ToLookup(entry => BlockOf(entry.Name), entry => (entry, Within(entry.Name)));
        foreach ((TensorEntry entry, string name) in byBlock[-1])
        {
            Add(name, entry, Making.Copied);
        }
        for (int b = 0; b < plan.Blocks.Count; b++)
        {
            foreach ((TensorEntry entry, string name) in byBlock[plan.Blocks[b].Source])
            {
                Add(TensorNames.Block(b, name), entry, MakingOf(name, plan.Blocks[b].IsSilent));
            }
        }
    }

    public override string Path => small.Path;

    public override long FileBytes => tensors.Sum(entry => entry.Bytes);

    public override IReadOnlyList<TensorEntry> Tensors => tensors;

    public override TensorEntry? Find(string name) => sources.GetValueOrDefault(name)?.Entry;

    static int BlockOf(string name) => name.Split('.') is ["blk", var number, ..] ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : -1;

    static string Within(string name) => BlockOf(name) < 0 ? name : string.Join('.', name.Split('.')[2..]);

    Making MakingOf(string name, bool isSilent) => name.Split('.')[0] switch
    {
        "attn_output" or "ffn_down" when isSilent => Making.Silent,
        "ffn_gate" or "ffn_up" when plan.Channels is not null => Making.MoreRows,
        "ffn_down" when plan.Channels is not null && name.EndsWith(".weight", StringComparison.Ordinal) => Making.MoreColumns,
        _ => Making.Copied,
    };

    void Add(string name, TensorEntry original, Making how)
    {
        bool isVector = original.Shape.Rows == 1, isDown = name.EndsWith(".ffn_down.weight", StringComparison.Ordinal);
        int channels = plan.Channels?.Count ?? 0;
        TensorShape shape = how switch
        {
            Making.MoreRows => isVector ? new TensorShape(channels) : original.Shape with { Rows = channels },
            Making.MoreColumns => original.Shape with { Columns = channels },
            Making.Silent when isDown && channels > 0 => original.Shape with { Columns = channels },
            _ => original.Shape,
        };
        // What gets other numbers than the file has is held in floats; blocks of zeros are zeros in any format.
        bool isSame = how is Making.Copied || (how is Making.Silent && shape == original.Shape) || (how is Making.MoreRows && !isVector);
        TensorFormat format = isSame ? original.Format : TensorFormat.F32;
        TensorEntry entry = new(name, shape, format, 0, 0, format.TensorBytes(shape));
        sources.Add(name, new Source(entry, original, how));
        tensors.Add(entry);
    }

    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        Source source = sources[tensor.Name];
        switch (source.How)
        {
            case Making.Copied:
                small.Read(source.Original, offset, destination);
                break;
            case Making.Silent:
                destination.Clear();
                break;
            case Making.MoreRows when source.Entry.Shape.Rows == 1:
                ReadVector(source, offset, destination);
                break;
            case Making.MoreRows:
                ForRows(source, offset, destination, (row, bytes) => small.Read(source.Original, plan.Channels!.Source(row) * (long)bytes.Length, bytes));
                break;
            default:
                ForRows(source, offset, destination, (row, bytes) => Widen(source.Original, row, MemoryMarshal.Cast<byte, float>(bytes)));
                break;
        }
    }

    delegate void RowReader(int row, Span<byte> bytes);

    static void ForRows(Source source, long offset, Span<byte> destination, RowReader read)
    {
        long rowBytes = source.Entry.Format.RowBytes(source.Entry.Shape.Columns);
        if (offset % rowBytes != 0 || destination.Length % rowBytes != 0)
        {
            throw new ArgumentException($"{destination.Length} bytes from {offset} of {source.Entry.Name} are not whole rows of {rowBytes}", nameof(offset));
        }
        for (int row = (int)(offset / rowBytes), at = 0; at < destination.Length; row++, at += (int)rowBytes)
        {
            read(row, destination.Slice(at, (int)rowBytes));
        }
    }

    void Widen(TensorEntry original, int row, Span<float> wide)
    {
        float[] narrow = Decoded(original, row);
        for (int channel = 0; channel < wide.Length; channel++)
        {
            wide[channel] = (float)(narrow[plan.Channels!.Source(channel)] * plan.Channels.Part(channel));
        }
    }

    void ReadVector(Source source, long offset, Span<byte> destination)
    {
        float[] narrow = Decoded(source.Original, 0);
        float[] wide = [.. Enumerable.Range(0, plan.Channels!.Count).Select(channel => narrow[plan.Channels.Source(channel)])];
        MemoryMarshal.AsBytes(wide.AsSpan()).Slice((int)offset, destination.Length).CopyTo(destination);
    }

    float[] Decoded(TensorEntry entry, int row)
    {
        byte[] bytes = new byte[entry.Format.RowBytes(entry.Shape.Columns)];
        small.Read(entry, row * (long)bytes.Length, bytes);
        float[] values = new float[entry.Shape.Columns];
        entry.Format.Decode(bytes, values);
        return values;
    }

    public override void Dispose()
    {
        // The file beneath belongs to whoever opened it.
    }
}
