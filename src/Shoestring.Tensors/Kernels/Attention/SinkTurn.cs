using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// How a query turns to see sinks. Within the cache, positions follow each other without the gap of what was dropped
/// (arXiv 2309.17453, §3.2): a row sees its window at the true distances, and the sinks as if it stood right behind sinks and
/// window. A rotary score depends on the distance alone, so instead of turning all cached keys at every step, keys stay as
/// their positions turned them, and the query is turned back by the gap for the sinks.
/// </summary>
/// <param name="Angles"><c>[row, cos of each pair | sin of each pair]</c> of the angles by which each row's queries turn.</param>
/// <param name="Layout">Which channels pair up.</param>
public readonly record struct SinkTurn(Tensor Angles, RotaryLayout Layout)
{
    /// <summary>Turns a chunk's queries. <paramref name="queries"/>, <paramref name="turned"/>: <c>[query, padded channel]</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal unsafe void Apply(float* queries, int count, int group, int padded, int firstRow, int headChannels, float* turned)
    {
        for (int n = 0; n < count; n++, queries += padded, turned += padded)
        {
            new ReadOnlySpan<float>(queries, headChannels).CopyTo(new Span<float>(turned, headChannels));
            float* cos = Angles.RowPointer(firstRow + n / group);
            RotaryWork.Turn(turned, cos, cos + Angles.Columns / 2, Angles.Columns / 2, Layout);
        }
    }
}
