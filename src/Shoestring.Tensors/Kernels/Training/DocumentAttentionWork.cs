using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// Causal attention inside each document of a batch, without a cache: by tiles of 64 keys with running maximum and sum, which
/// leave each row's log-sum of exponentials behind for the way back (Dao, arXiv 2307.08691, §3.1.1, algorithm 1). A chunk is a
/// block of one document's rows for one KV head, the query heads that share it together; memory does not grow with the length.
/// </summary>
/// <remarks>
/// Scores are computed turned, [key][16 queries]: a query is a lane, so maxima and sums need no exchange between lanes, and the
/// weights are, as they lie, the panels whose outer products with values are added up. Of a tile on the diagonal, the keys behind the last query of a
/// pair of panels are left out.
/// </remarks>
internal sealed unsafe class DocumentAttentionWork(FloatKernels kernels, SimdPath path) : ChunkedWork
{
    const int Lanes = PackedLayout.GroupRows, Positions = DocumentTiles.Positions;

    /// <summary>The maximum of no scores: finite, so that a tile of which a row sees nothing changes nothing.</summary>
    const float Lowest = -1e30f;

    readonly bool wide = path >= SimdPath.Avx512 && Avx512F.IsSupported;
    RowRange[] documents = [];
    int[] firstChunk = [];
    DocumentShape shape;
    Tensor q, k, v, outputs, logSums;
    NativeBuffer? scratch;
    long workerFloats;
    int rowsPerBlock;

    /// <summary>Rows of a chunk: whole panels, about 64 queries with all heads of a group together.</summary>
    static int RowsPerBlock(DocumentShape shape) => Math.Max(Lanes, Positions / shape.Group / Lanes * Lanes);

    /// <summary>Floats of scratch memory of one worker.</summary>
    public static long ScratchFloats(DocumentShape shape)
    {
        long queries = (long)RowsPerBlock(shape) * shape.Group;
        return queries * (2 * shape.Channels + Positions + 2) + Positions * (shape.ActivationFloats + (long)shape.Channels);
    }

    /// <summary>Takes the next job and returns the number of chunks.</summary>
    public int Prepare(Tensor q, Tensor k, Tensor v, ReadOnlySpan<RowRange> next, DocumentShape shape, Tensor outputs, Tensor logSums, NativeBuffer scratch, long workerFloats)
    {
        (this.q, this.k, this.v, this.shape, this.outputs, this.logSums, this.scratch, this.workerFloats) = (q, k, v, shape, outputs, logSums, scratch, workerFloats);
        if (documents.Length < next.Length)
        {
            (documents, firstChunk) = (new RowRange[next.Length], new int[next.Length + 1]);
        }
        next.CopyTo(documents);
        rowsPerBlock = RowsPerBlock(shape);
        for (int i = 0; i < next.Length; i++)
        {
            firstChunk[i + 1] = firstChunk[i] + (next[i].Count + rowsPerBlock - 1) / rowsPerBlock * shape.KvHeads;
        }
        return firstChunk[next.Length];
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
        int first = chunk / shape.KvHeads * rowsPerBlock, rows = Math.Min(rowsPerBlock, documents[i].Count - first);
        Block block = new((float*)scratch!.Pointer + worker * workerFloats, shape, rowsPerBlock)
        {
            Document = documents[i].First,
            KvHead = chunk % shape.KvHeads,
            First = first,
            Rows = rows,
            PanelsPerHead = (rows + Lanes - 1) / Lanes,
        };
        if (wide)
        {
            Run<Lanes512>(in block);
        }
        else
        {
            Run<Lanes256>(in block);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Run<TLanes>(in Block block) where TLanes : struct, ILanes<TLanes>
    {
        int channels = shape.Channels, panels = block.PanelsPerHead * shape.Group;
        for (int h = 0; h < shape.Group; h++)
        {
            float* rows = Head(q, block.Document + block.First, block.KvHead * shape.Group + h);
            DocumentTiles.RowPanels(rows, q.Stride, block.Rows, channels, block.Queries + (long)h * block.PanelsPerHead * channels * Lanes);
        }
        new Span<float>(block.Sums, panels * channels * Lanes).Clear();
        new Span<float>(block.Largest, panels * Lanes).Fill(Lowest);
        new Span<float>(block.Powers, panels * Lanes).Clear();
        for (int key = shape.Oldest(block.First) / Positions * Positions; key < block.First + block.Rows; key += Positions)
        {
            int keys = Math.Min(Positions, block.First + block.Rows - key);
            DocumentTiles.Rows(Head(k, block.Document + key, block.KvHead), k.Stride, keys, channels, Positions, block.KeyRows);
            DocumentTiles.Copy(Head(v, block.Document + key, block.KvHead), v.Stride, keys, channels, block.Values);
            for (int p = 0; p < panels; p += 2)
            {
                Pair<TLanes>(in block, p, Math.Min(2, panels - p), key, keys);
            }
        }
        for (int p = 0; p < panels; p++)
        {
            Finish<TLanes>(in block, p);
        }
    }

    float* Head(Tensor tensor, int row, int head) => tensor.RowPointer(row) + (long)head * shape.Channels;

    /// <summary>Two panels of queries, or the last one, with a tile of keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Pair<TLanes>(in Block block, int panel, int count, int key, int keys) where TLanes : struct, ILanes<TLanes>
    {
        int channels = shape.Channels, seen = Math.Min(keys, Math.Max(block.Position(panel), block.Position(panel + count - 1)) + Lanes - key);
        if (seen <= 0)
        {
            return;
        }
        float* scores = block.Scores + (long)panel * Positions * Lanes, sums = block.Sums + (long)panel * channels * Lanes;
        for (int p = 0; p < count; p++)
        {
            new Span<float>(scores + p * Positions * Lanes, seen * Lanes).Clear();
        }
        kernels.MultiplyAll(block.Queries + (long)panel * channels * Lanes, channels, count, channels, block.KeyRows, seen, Positions, scores);
        for (int p = 0; p < count; p++)
        {
            Weigh<TLanes>(in block, panel + p, key, seen);
        }
        kernels.OuterAll(scores, Positions, count, seen, block.Values, channels, channels, channels, sums);
    }

    /// <summary>The scores of 16 queries with <paramref name="keys"/> keys become weights, and the sums so far are brought to the new maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Weigh<TLanes>(in Block block, int panel, int key, int keys) where TLanes : struct, ILanes<TLanes>
    {
        float* scores = block.Scores + (long)panel * Positions * Lanes, sums = block.Sums + (long)panel * shape.Channels * Lanes;
        float* largest = block.Largest + panel * Lanes, powers = block.Powers + panel * Lanes;
        int position = block.Position(panel), oldest = shape.Oldest(position + Lanes - 1);
        for (int j = 0; j < keys; j++)
        {
            if (key + j > position || key + j < oldest)
            {
                Hide(scores + j * Lanes, position, key + j);
            }
        }
        // No calls in the loops: they would send all registers through memory.
        TLanes scale = TLanes.Create(shape.Scale), before = TLanes.Load(largest), next = before, total = TLanes.Create(0);
        for (int j = 0; j < keys; j++)
        {
            next = TLanes.Max(next, TLanes.Multiply(TLanes.Load(scores + j * Lanes), scale));
        }
        TLanes shift = TLanes.Subtract(TLanes.Create(0), next);
        for (int j = 0; j < keys; j++)
        {
            TLanes weight = TLanes.Exp(TLanes.MultiplyAdd(TLanes.Load(scores + j * Lanes), scale, shift));
            total = TLanes.Add(total, weight);
            TLanes.Store(weight, scores + j * Lanes);
        }
        TLanes factor = TLanes.Exp(TLanes.Subtract(before, next));
        TLanes.Store(next, largest);
        TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(powers), factor, total), powers);
        for (int c = 0; c < shape.Channels; c++)
        {
            TLanes.Store(TLanes.Multiply(TLanes.Load(sums + c * Lanes), factor), sums + c * Lanes);
        }
    }

    /// <summary>Takes the weight from queries that do not see a key.</summary>
    void Hide(float* scores, int position, int key)
    {
        for (int i = 0; i < Lanes; i++)
        {
            if (key > position + i || key < shape.Oldest(position + i))
            {
                scores[i] = float.NegativeInfinity;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Finish<TLanes>(in Block block, int panel) where TLanes : struct, ILanes<TLanes>
    {
        float* sums = block.Sums + (long)panel * shape.Channels * Lanes, powers = block.Powers + panel * Lanes;
        TLanes inverse = TLanes.Divide(TLanes.Create(1), TLanes.Load(powers));
        for (int c = 0; c < shape.Channels; c++)
        {
            TLanes.Store(TLanes.Multiply(TLanes.Load(sums + c * Lanes), inverse), sums + c * Lanes);
        }
        int head = block.KvHead * shape.Group + panel / block.PanelsPerHead, row = block.Document + block.Position(panel);
        int count = Math.Min(Lanes, block.First + block.Rows - block.Position(panel));
        Transposition.Run(sums, Lanes, shape.Channels, count, Head(outputs, row, head), outputs.Stride);
        for (int i = 0; i < count; i++)
        {
            logSums.RowPointer(row + i)[head] = block.Largest[panel * Lanes + i] + MathF.Log(powers[i]);
        }
    }

    /// <summary>What a chunk works on: rows of a document for one KV head, in a worker's scratch memory.</summary>
    readonly struct Block
    {
        // [head of the group, panel of its rows][channel][16 rows], [head, panel][key][16 rows]
        public readonly float* Queries, Sums, Scores;

        // [head, panel][16 rows]
        public readonly float* Largest, Powers;

        // [tile of channels][key], and [key][channel]
        public readonly float* KeyRows, Values;

        public Block(float* start, DocumentShape shape, int rowsPerBlock)
        {
            long queries = (long)rowsPerBlock * shape.Group;
            Queries = start;
            Sums = Queries + queries * shape.Channels;
            Scores = Sums + queries * shape.Channels;
            Largest = Scores + queries * Positions;
            Powers = Largest + queries;
            KeyRows = Powers + queries;
            Values = KeyRows + (long)Positions * shape.ActivationFloats;
        }

        public int Document { get; init; }

        public int KvHead { get; init; }

        public int First { get; init; }

        public int Rows { get; init; }

        public int PanelsPerHead { get; init; }

        /// <summary>Position of a panel's first query.</summary>
        public int Position(int panel) => First + panel % PanelsPerHead * Lanes;
    }
}
