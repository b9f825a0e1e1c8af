using System.Runtime.CompilerServices;

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
    int headChannels, kvHeads, group, window;
    float scale;
    NativeBuffer? scratch;
    long workerBytes;

    public AttentionWork(SimdPath path) => wide = path >= SimdPath.Avx512;

    /// <summary>Scratch bytes of one worker: for each of four queries its scores, its scaled channels and its output.</summary>
    public static long ScratchBytes(int headChannels) => 4 * (Page + 2 * ((headChannels + 15) / 16 * 16L)) * sizeof(float);

    /// <summary>Takes the next job and returns the number of chunks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Prepare(Tensor queries, Tensor outputs, ReadOnlySpan<AttentionSpan> next, int heads, float scale, int window, NativeBuffer scratch, long workerBytes)
    {
        (this.queries, this.outputs, this.scale, this.window, this.scratch, this.workerBytes) = (queries, outputs, scale, window, scratch, workerBytes);
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
        bool half = span.Cache.Format == KvFormat.F16;
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

    /// <summary>All queries of a chunk, four at a time: query n is row n / group, head n % group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Queries<TLanes, TElements>(in AttentionSpan span, int kvHead, int first, int rows, float* memory)
        where TLanes : struct, ILanes<TLanes> where TElements : struct, IKvElements
    {
        int padded = span.Cache.PaddedChannels;
        float* scores = memory, scaled = scores + 4 * Page, sums = scaled + 4 * padded;
        for (int n = 0; n < rows * group; n += 4)
        {
            int queryCount = Math.Min(4, rows * group - n);
            State state = default;
            int lastPosition = 0, firstPosition = int.MaxValue;
            for (int q = 0; q < queryCount; q++)
            {
                int row = first + (n + q) / group;
                state.Position[q] = span.Start + row;
                lastPosition = Math.Max(lastPosition, state.Position[q]);
                firstPosition = Math.Min(firstPosition, state.Position[q]);
                state.Maximum[q] = float.NegativeInfinity;
                float* source = queries.RowPointer(span.FirstRow + row) + (kvHead * group + (n + q) % group) * headChannels;
                for (int c = 0; c < headChannels; c++)
                {
                    scaled[q * padded + c] = source[c] * scale;
                }
            }
            new Span<float>(sums, 4 * padded).Clear();
            int from = window > 0 ? Math.Max(0, firstPosition - window + 1) / Page : 0;
            for (int page = from; page <= lastPosition / Page; page++)
            {
                Tile<TLanes, TElements>(span.Cache, page, kvHead, queryCount, ref state, scores, scaled, sums);
            }
            for (int q = 0; q < queryCount; q++)
            {
                float* target = outputs.RowPointer(span.FirstRow + first + (n + q) / group) + (kvHead * group + (n + q) % group) * headChannels;
                float inverse = 1f / state.Sum[q];
                for (int c = 0; c < headChannels; c++)
                {
                    target[c] = sums[q * padded + c] * inverse;
                }
            }
        }
    }

    /// <summary>What four queries carry from tile to tile.</summary>
    struct State
    {
        public fixed int Position[4];
        public fixed float Maximum[4];
        public fixed float Sum[4];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Tile<TLanes, TElements>(KvStore cache, int page, int kvHead, int queryCount, ref State state, float* scores, float* scaled, float* sums)
        where TLanes : struct, ILanes<TLanes> where TElements : struct, IKvElements
    {
        int padded = cache.PaddedChannels;
        byte* keys = cache.Keys(page, kvHead), values = cache.Values(page, kvHead);
        new Span<float>(scores, 4 * Page).Clear();
        AttentionKernel<TLanes, TElements>.Accumulate(keys, Page, headChannels, scaled, padded, queryCount, scores, Page, Page);
        for (int q = 0; q < queryCount; q++)
        {
            Softmax<TLanes>(page * Page, state.Position[q], ref state.Maximum[q], ref state.Sum[q], scores + q * Page, sums + q * padded, padded);
        }
        AttentionKernel<TLanes, TElements>.Accumulate(values, padded, Page, scores, Page, queryCount, sums, padded, padded);
    }

    /// <summary>Turns a query's 64 scores into weights, and scales what it has gathered so far to the new maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Softmax<TLanes>(int start, int position, ref float maximum, ref float sum, float* scores, float* gathered, int padded) where TLanes : struct, ILanes<TLanes>
    {
        for (int k = Math.Max(0, position + 1 - start); k < Page; k++)
        {
            scores[k] = float.NegativeInfinity;
        }
        for (int k = 0, outside = window > 0 ? Math.Min(Page, position - window + 1 - start) : 0; k < outside; k++)
        {
            scores[k] = float.NegativeInfinity;
        }
        TLanes largest = TLanes.Load(scores);
        for (int k = 16; k < Page; k += 16)
        {
            largest = TLanes.Max(largest, TLanes.Load(scores + k));
        }
        float next = MathF.Max(maximum, Reduce.Max(largest));
        if (next == float.NegativeInfinity)
        {
            // Nothing of this tile is visible yet: weights of zero, and the sums stay.
            new Span<float>(scores, Page).Clear();
            return;
        }
        TLanes shift = TLanes.Create(next), total = TLanes.Create(0);
        for (int k = 0; k < Page; k += 16)
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
