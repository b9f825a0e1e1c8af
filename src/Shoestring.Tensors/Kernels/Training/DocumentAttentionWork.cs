using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// Causal attention inside each document of a batch, without a cache: by tiles of 64 keys with running maximum and sum, which
/// leave each row's log-sum of exponentials behind for the way back (Dao, arXiv 2307.08691, §3.1.1, algorithm 1). A chunk is a
/// block of one document's rows for one KV head, the query heads that share it together; memory does not grow with the length.
/// </summary>
internal sealed unsafe class DocumentAttentionWork(FloatKernels kernels, SimdPath path) : ChunkedWork
{
    const int Lanes = PackedLayout.GroupRows, Positions = DocumentTiles.Positions;

    readonly bool wide = path >= SimdPath.Avx512 && Avx512F.IsSupported;
    RowRange[] documents = [];
    int[] firstChunk = [];
    DocumentShape shape;
    Tensor q, k, v, outputs, logSums;
    NativeBuffer? scratch;
    long workerFloats;
    int rowsPerBlock;

    /// <summary>Rows of a chunk: about 64 queries, all heads of a group together.</summary>
    static int RowsPerBlock(DocumentShape shape) => Math.Clamp(Positions / shape.Group, 8, Positions);

    /// <summary>Floats of scratch memory of one worker.</summary>
    public static long ScratchFloats(DocumentShape shape)
    {
        long room = (long)RowsPerBlock(shape) * shape.Group;
        return room * (shape.ActivationFloats + Positions + Tile.Channels + shape.Panels * Lanes)
            + Positions * (shape.Channels + shape.Panels * (long)Lanes) + (2 * room + Lanes - 1) / Lanes * Lanes;
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
        float* memory = (float*)scratch!.Pointer + worker * workerFloats;
        if (wide)
        {
            Block<Lanes512>(documents[i], chunk % shape.KvHeads, chunk / shape.KvHeads * rowsPerBlock, memory);
        }
        else
        {
            Block<Lanes256>(documents[i], chunk % shape.KvHeads, chunk / shape.KvHeads * rowsPerBlock, memory);
        }
    }

    /// <summary>Query n of a block is row n % rows of head n / rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Block<TLanes>(RowRange document, int kvHead, int first, float* memory) where TLanes : struct, ILanes<TLanes>
    {
        int rows = Math.Min(rowsPerBlock, document.Count - first), total = rows * shape.Group, room = rowsPerBlock * shape.Group, channels = shape.Channels;
        float* queries = memory, scores = queries + (long)room * shape.ActivationFloats, weights = scores + (long)room * Positions, sums = weights + (long)room * Tile.Channels;
        float* keyPanels = sums + (long)room * shape.Panels * Lanes, valuePanels = keyPanels + (long)Positions * channels;
        float* largest = valuePanels + (long)Positions * shape.Panels * Lanes, powers = largest + room;
        for (int h = 0; h < shape.Group; h++)
        {
            DocumentTiles.Rows(Head(q, document.First + first, kvHead * shape.Group + h), q.Stride, rows, channels, room, queries + (long)h * rows * Tile.Channels);
        }
        new Span<float>(sums, room * shape.Panels * Lanes).Clear();
        new Span<float>(largest, total).Fill(float.NegativeInfinity);
        new Span<float>(powers, total).Clear();
        for (int key = shape.Oldest(first) / Positions * Positions; key < first + rows; key += Positions)
        {
            int keys = Math.Min(Positions, first + rows - key), panels = (keys + Lanes - 1) / Lanes;
            DocumentTiles.RowPanels(Head(k, document.First + key, kvHead), k.Stride, keys, channels, keyPanels);
            DocumentTiles.ChannelPanels(Head(v, document.First + key, kvHead), v.Stride, keys, channels, valuePanels);
            new Span<float>(scores, panels * room * Lanes).Clear();
            kernels.MultiplyAll(keyPanels, channels, panels, channels, queries, total, room, scores);
            for (int n = 0; n < total; n++)
            {
                Weigh<TLanes>(scores + n * Lanes, room, panels, key, first + n % rows, ref largest[n], ref powers[n], weights + (long)n * Tile.Channels, sums + n * Lanes);
            }
            kernels.MultiplyAll(valuePanels, Positions, shape.Panels, keys, weights, total, room, sums);
        }
        for (int n = 0; n < total; n++)
        {
            int row = document.First + first + n % rows, head = kvHead * shape.Group + n / rows;
            DocumentTiles.Unpack(sums + n * Lanes, room, 1, channels, 1f / powers[n], false, Head(outputs, row, head), 0);
            logSums.RowPointer(row)[head] = largest[n] + MathF.Log(powers[n]);
        }
    }

    float* Head(Tensor tensor, int row, int head) => tensor.RowPointer(row) + (long)head * shape.Channels;

    /// <summary>One query's scores of a tile become weights, and its sums so far are brought to the new maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Weigh<TLanes>(float* scores, int room, int panels, int key, int position, ref float largest, ref float power, float* weights, float* sums) where TLanes : struct, ILanes<TLanes>
    {
        TLanes scale = TLanes.Create(shape.Scale);
        for (int p = 0; p < panels; p++)
        {
            TLanes.Store(TLanes.Multiply(TLanes.Load(scores + (long)p * room * Lanes), scale), weights + p * Lanes);
        }
        float before = largest;
        AttentionWork.Softmax<TLanes>(shape.Oldest(position) - key, position - key, ref largest, ref power, weights, panels * Lanes, null, 0);
        if (largest == before)
        {
            return;
        }
        TLanes factor = TLanes.Create(VectorMath.Exp(before - largest));
        for (int p = 0; p < shape.Panels; p++, sums += (long)room * Lanes)
        {
            TLanes.Store(TLanes.Multiply(TLanes.Load(sums), factor), sums);
        }
    }
}
