using System.Buffers;
using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// The weights of a model before any training, seen as a file: matrices are drawn from a normal distribution of deviation 0.02, those that
/// write to the residual stream from one divided by √(2 · blocks) (Radford et al., "Language Models are Unsupervised Multitask Learners",
/// 2019, §2.3, and its code), norms are 1 and biases 0. Each element is drawn by its place, so any part can be read in any order.
/// </summary>
sealed class FreshWeights : ModelFile
{
    const double Deviation = 0.02;
    readonly Dictionary<string, (TensorEntry Entry, int Number)> entries = new(StringComparer.Ordinal);
    readonly ulong seed;
    readonly int blocks;

    public FreshWeights(ModelConfiguration model, ulong seed)
    {
        (this.seed, blocks) = (seed, model.Blocks.Count);
        foreach (WeightShape weight in WeightShape.Of(model, fused: true))
        {
            TensorShape shape = new(weight.Columns, weight.Rows);
            entries.Add(weight.Name, (new TensorEntry(weight.Name, shape, TensorFormat.F32, 0, 0, TensorFormat.F32.TensorBytes(shape)), entries.Count));
        }
        Tensors = [.. entries.Values.Select(entry => entry.Entry)];
    }

    public override string Path => "a new model";

    public override long FileBytes => Tensors.Sum(entry => entry.Bytes);

    public override IReadOnlyList<TensorEntry> Tensors { get; }

    public override TensorEntry? Find(string name) => entries.GetValueOrDefault(name).Entry;

    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        (TensorEntry entry, int number) = entries[tensor.Name];
        Span<float> values = MemoryMarshal.Cast<byte, float>(destination);
        long first = offset / sizeof(float);
        if (entry.Shape.Rows == 1)
        {
            values.Fill(entry.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0 : 1);
            return;
        }
        bool residual = entry.Name.EndsWith("attn_output.weight", StringComparison.Ordinal) || entry.Name.EndsWith("ffn_down.weight", StringComparison.Ordinal);
        Draw(values, (ulong)number, first, residual ? Deviation / Math.Sqrt(2.0 * blocks) : Deviation);
    }

    void Draw(Span<float> values, ulong number, long first, double deviation)
    {
        // They are drawn in pairs, and a row may begin with the second of one.
        int skipped = (int)(first & 1);
        float[] drawn = ArrayPool<float>.Shared.Rent(values.Length + 1);
        try
        {
            CounterNormal.Fill(drawn.AsSpan(0, values.Length + skipped), seed, number, first - skipped);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)(deviation * drawn[skipped + i]);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(drawn);
        }
    }

    public override void Dispose()
    {
        // Nothing is held.
    }
}
