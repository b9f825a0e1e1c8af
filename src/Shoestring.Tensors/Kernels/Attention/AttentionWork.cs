using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>The rows of one sequence in a batch and the keys and values that they attend to.</summary>
/// <param name="Cache">Keys and values of the sequence in this block, those of the batch's rows already written.</param>
/// <param name="FirstRow">First of the sequence's rows in the batch.</param>
/// <param name="Rows">Number of its rows.</param>
/// <param name="Start">Position of the first of them.</param>
public readonly record struct AttentionSpan(KvStore Cache, int FirstRow, int Rows, int Start);

/// <summary>
/// Causal attention by tiles of 64 positions with running maximum and sum (Milakov and Gimelshein, arXiv 1805.02867; Dao et
/// al., arXiv 2205.14135): memory grows with the length, not its square. Tiles lie at absolute multiples of 64 and each
/// query goes through them in order, so a row's result does not depend on how the batch was cut. A chunk is one KV head
/// with a block of rows; the query heads that share the KV head are queries alike.
/// </summary>
internal sealed unsafe class AttentionWork : ChunkedWork
{
    const int Page = KvStore.PagePositions;

    /// <summary>Rows of a chunk.</summary>
    public const int RowBlock = 16;

    readonly bool wide;
    AttentionSpan[] spans = [];
    int[] firstChunk = [];
    int count;
    Tensor queries, outputs;
    SinkTurn? turn;
    int headChannels, kvHeads, group, window;
    float scale;
    NativeBuffer? scratch;
    long workerBytes;

    public AttentionWork(SimdPath path) => wide = path >= SimdPath.Avx512 && Avx512F.IsSupported;

    /// <summary>
    /// Scratch bytes of one worker: the scores of four queries; for every query of a chunk its scaled channels, its output and
    /// <see cref="QueryState"/>; one page of keys and values, widened; and, where sinks are seen, every query as they see it.
    /// </summary>
    public static long ScratchBytes(int headChannels, int group, bool sinks)
    {
        long padded = (headChannels + 15) / 16 * 16L, queries = RowBlock * group;
        return (4 * Page + (sinks ? 3 : 2) * queries * padded + Page * (headChannels + padded)) * sizeof(float) + queries * sizeof(QueryState);
    }

    /// <summary>Takes the next job and returns the number of chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Prepare(Tensor queries, Tensor outputs, ReadOnlySpan<AttentionSpan> next, int heads, float scale, int window, SinkTurn? turn, NativeBuffer scratch, long workerBytes)
    {
        (this.queries, this.outputs, this.scale, this.window, this.turn, this.scratch, this.workerBytes) = (queries, outputs, scale, window, turn, scratch, workerBytes);
        KvStore cache = next[0].Cache;
        (headChannels, kvHeads, group) = (cache.HeadChannels, cache.Heads, heads / cache.Heads);
        count = next.Length;
        if (spans.Length < count)
        {
            (spans, firstChunk) = (new AttentionSpan[count], new int[count + 1]);
        }
        next.CopyTo(spans);
        for (int i = 0; i < count; i++)
        {
            firstChunk[i + 1] = firstChunk[i] + (spans[i].Rows + RowBlock - 1) / RowBlock * kvHeads;
        }
        return firstChunk[count];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        int i = 0;
        while (chunk >= firstChunk[i + 1])
        {
            i++;
        }
        chunk -= firstChunk[i];
        AttentionSpan span = spans[i];
        // Later rows have more to do: they come first, so that the last chunks to be claimed are short.
        int block = (span.Rows + RowBlock - 1) / RowBlock - 1 - chunk / kvHeads;
        int first = block * RowBlock, rows = Math.Min(RowBlock, span.Rows - first);
        float* memory = (float*)(scratch!.Pointer + worker * workerBytes);
        // What is quantized is widened to floats, and what KIVI leaves as it is is kept in halves.
        bool half = span.Cache.Format != KvFormat.F32;
        if (wide)
        {
            if (half)
            {
                Queries<Lanes512, F16Elements>(span, chunk % kvHeads, first, rows, memory);
            }
            else
            {
                Queries<Lanes512, F32Elements>(span, chunk % kvHeads, first, rows, memory);
            }
        }
        else if (half)
        {
            Queries<Lanes256, F16Elements>(span, chunk % kvHeads, first, rows, memory);
        }
        else
        {
            Queries<Lanes256, F32Elements>(span, chunk % kvHeads, first, rows, memory);
        }
    }

    /// <summary>
    /// All queries of a chunk, page by page and four at a time: query n is row n / group, head n % group. Rows that no longer
    /// see everything go through the sinks first, then through their window.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Queries<TLanes, TElements>(in AttentionSpan span, int kvHead, int first, int rows, float* memory)
        where TLanes : struct, ILanes<TLanes> where TElements : struct, IKvElements
    {
        int padded = span.Cache.PaddedChannels, total = rows * group, position = span.Start + first;
        float* scores = memory, scaled = scores + 4 * Page, sums = scaled + (long)total * padded, widened = sums + (long)total * padded;
        QueryState* states = (QueryState*)(widened + Page * (headChannels + padded));
        for (int n = 0; n < total; n++)
        {
            states[n] = new QueryState { Position = position + n / group, Maximum = float.NegativeInfinity };
            Scale(queries.RowPointer(span.FirstRow + first + n / group) + (kvHead * group + n % group) * headChannels, headChannels, scale, scaled + n * padded);
        }
        new Span<float>(sums, total * padded).Clear();
        KvSight sight = new(window, span.Cache.Retention);
        Chunk chunk = new() { Cache = span.Cache, Head = kvHead, Total = total, Own = position / Page, Scores = scores, Scaled = scaled, Sums = sums, Widened = widened, States = states };
        if (sight.Sinks > 0 && sight.Drops(states[total - 1].Position))
        {
            float* turned = (float*)(states + total);
            turn?.Apply(scaled, total, group, padded, span.FirstRow + first, headChannels, turned);
            Chunk sinks = chunk with { Scaled = turn == null ? scaled : turned };
            for (int page = 0; page < span.Cache.Retention.SinkPages; page++)
            {
                OnePage<TLanes, TElements>(in sinks, page, sight, sinks: true);
            }
        }
        for (int page = sight.Oldest(position) / Page; page <= states[total - 1].Position / Page; page++)
        {
            OnePage<TLanes, TElements>(in chunk, page, sight, sinks: false);
        }
        for (int n = 0; n < total; n++)
        {
            Scale(sums + n * padded, headChannels, 1f / states[n].Sum, outputs.RowPointer(span.FirstRow + first + n / group) + (kvHead * group + n % group) * headChannels);
        }
    }

    /// <summary>What a chunk works on, the same for every page.</summary>
    struct Chunk
    {
        public KvStore Cache;
        public int Head, Total, Own;
        public float* Scores, Scaled, Sums, Widened;
        public QueryState* States;
    }

    /// <summary>
    /// One page for all queries of a chunk. Where it is quantized, or many queries share a page of halves, it is widened once for
    /// all of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void OnePage<TLanes, TElements>(in Chunk chunk, int page, KvSight sight, bool sinks)
        where TLanes : struct, ILanes<TLanes> where TElements : struct, IKvElements
    {
        KvStore cache = chunk.Cache;
        int padded = cache.PaddedChannels, total = chunk.Total;
        float* scaled = chunk.Scaled, sums = chunk.Sums, widened = chunk.Widened, scores = chunk.Scores;
        QueryState* states = chunk.States;
        byte* keys = null, values = null;
        bool widen = true;
        if (cache.IsQuantized(page, chunk.Own))
        {
            int last = Math.Min(Page, states[total - 1].Position - page * Page + 1);
            KvWidening<TLanes>.Widen(in cache.Layout, cache.Quantized(page, chunk.Head), last, widened);
        }
        else
        {
            keys = cache.Keys(page, chunk.Head);
            values = cache.Values(page, chunk.Head);
            widen = TElements.Bytes == 2 && total > 4;
            if (widen)
            {
                Widen<TLanes>(keys, Page * (headChannels + padded), widened);
            }
        }
        for (int n = 0; n < total; n += 4)
        {
            int count = Math.Min(4, total - n), last = sinks ? sight.Drops(states[n + count - 1].Position) ? sight.Sinks - 1 : -1 : states[n + count - 1].Position;
            int visible = Math.Min(Page, last - page * Page + 1);
            if (visible <= 0 || !sinks && sight.Oldest(states[n].Position) >= (page + 1) * Page)
            {
                continue;
            }
            if (widen)
            {
                Tile<TLanes, F32Elements>((byte*)widened, (byte*)(widened + Page * headChannels), page, visible, count, sight, sinks, states + n, scores, scaled + n * padded, sums + n * padded, padded);
            }
            else
            {
                Tile<TLanes, TElements>(keys, values, page, visible, count, sight, sinks, states + n, scores, scaled + n * padded, sums + n * padded, padded);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Scale(float* source, int count, float factor, float* target)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            Lanes256.Store(Lanes256.Multiply(Lanes256.Load(source + i), Lanes256.Create(factor)), target + i);
        }
        for (; i < count; i++)
        {
            target[i] = source[i] * factor;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Widen<TLanes>(byte* halves, int count, float* singles) where TLanes : struct, ILanes<TLanes>
    {
        for (int i = 0; i < count; i += 16)
        {
            TLanes.Store(TLanes.LoadHalf((ushort*)halves + i), singles + i);
        }
    }

    /// <summary>What a query carries from page to page.</summary>
    struct QueryState
    {
        public int Position;
        public float Maximum;
        public float Sum;
    }

    /// <summary>
    /// One page for 1 … 4 queries, of which the last sees <paramref name="visible"/> of its positions: what lies behind has no
    /// weight for any of them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Tile<TLanes, TElements>(byte* keys, byte* values, int page, int visible, int count, KvSight sight, bool sinks, QueryState* states, float* scores, float* scaled, float* sums, int padded)
        where TLanes : struct, ILanes<TLanes> where TElements : struct, IKvElements
    {
        int columns = (visible + 15) / 16 * 16;
        new Span<float>(scores, 4 * Page).Clear();
        AttentionKernel<TLanes, TElements>.Accumulate(keys, Page, headChannels, scaled, padded, count, scores, Page, columns);
        for (int q = 0; q < count; q++)
        {
            int position = states[q].Position, oldest = sinks ? 0 : sight.Oldest(position), last = sinks ? sight.Drops(position) ? sight.Sinks - 1 : -1 : position;
            Softmax<TLanes>(oldest - page * Page, last - page * Page, ref states[q].Maximum, ref states[q].Sum, scores + q * Page, columns, sums + q * padded, padded);
        }
        AttentionKernel<TLanes, TElements>.Accumulate(values, padded, visible, scores, Page, count, sums, padded, padded);
    }

    /// <summary>
    /// Turns a query's scores of a page into weights, and scales what it has gathered so far to the new maximum. It sees the
    /// columns from <paramref name="oldest"/> to <paramref name="last"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Softmax<TLanes>(int oldest, int last, ref float maximum, ref float sum, float* scores, int columns, float* gathered, int padded) where TLanes : struct, ILanes<TLanes>
    {
        for (int k = Math.Max(0, last + 1); k < columns; k++)
        {
            scores[k] = float.NegativeInfinity;
        }
        for (int k = 0, outside = Math.Min(columns, oldest); k < outside; k++)
        {
            scores[k] = float.NegativeInfinity;
        }
        TLanes largest = TLanes.Load(scores);
        for (int k = 16; k < columns; k += 16)
        {
            largest = TLanes.Max(largest, TLanes.Load(scores + k));
        }
        float next = MathF.Max(maximum, Reduce.Max(largest));
        if (next == float.NegativeInfinity)
        {
            // Nothing of this tile is visible yet: weights of zero, and the sums stay.
            new Span<float>(scores, columns).Clear();
            return;
        }
        TLanes shift = TLanes.Create(next), total = TLanes.Create(0);
        for (int k = 0; k < columns; k += 16)
        {
            TLanes weight = TLanes.Exp(TLanes.Subtract(TLanes.Load(scores + k), shift));
            total = TLanes.Add(total, weight);
            TLanes.Store(weight, scores + k);
        }
        float factor = VectorMath.Exp(maximum - next);
        sum = MathF.FusedMultiplyAdd(sum, factor, Reduce.Sum(total));
        maximum = next;
        TLanes factors = TLanes.Create(factor);
        for (int c = 0; c < padded; c += 16)
        {
            TLanes.Store(TLanes.Multiply(TLanes.Load(gathered + c), factors), gathered + c);
        }
    }
}
