using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// The way back through <see cref="DocumentAttentionWork"/>: weights are computed again tile by tile from the log-sums, so nothing
/// of the size length² is ever kept (Dao, arXiv 2307.08691, §3.1.2, algorithm 2). With P = e^(scale · QKᵀ − L), D = Σ dO ∘ O:
/// <code>dV = PᵀdO,  dS = P ∘ (dO Vᵀ − D),  dQ = scale · dS K,  dK = scale · dSᵀQ</code>
/// Pᵀ and dSᵀ are computed, since dV and dK want them as they are, and dQ sums outer products of their rows with those of K. Of a tile on the
/// diagonal, the quarter that no row sees is left out. A chunk is a document with a KV head and
/// its query heads: all sums of a key's gradient are within it, in order.
/// </summary>
internal sealed unsafe class DocumentAttentionBackwardWork(FloatKernels kernels, SimdPath path) : ChunkedWork
{
    const int Lanes = PackedLayout.GroupRows, Positions = DocumentTiles.Positions, PositionPanels = DocumentTiles.PositionPanels, Half = Positions / 2;

    readonly bool wide = path >= SimdPath.Avx512 && Avx512F.IsSupported;
    readonly Deltas deltas = new();
    RowRange[] documents = [];
    DocumentShape shape;
    AttentionGradients all;
    NativeBuffer? scratch;
    long workerFloats;
    float* deltaValues;

    /// <summary>Floats of scratch memory that all workers share: D of every row and head.</summary>
    public static long SharedFloats(int rows, DocumentShape shape) => ((long)rows * shape.Heads + Lanes - 1) / Lanes * Lanes;

    /// <summary>Floats of scratch memory of one worker.</summary>
    public static long ScratchFloats(DocumentShape shape) =>
        2L * Positions * shape.Channels + 5L * shape.Panels * Positions * Lanes + 2L * Positions * shape.ActivationFloats
        + 3L * Positions * Positions + 2L * Positions * Tile.Channels + 2 * Positions;

    public void Run(WorkerPool pool, in AttentionGradients tensors, ReadOnlySpan<RowRange> next, DocumentShape shape, NativeBuffer scratch)
    {
        (all, this.shape, this.scratch, workerFloats) = (tensors, shape, scratch, ScratchFloats(shape));
        deltaValues = (float*)scratch.Pointer + pool.Threads * workerFloats;
        if (documents.Length < next.Length)
        {
            documents = new RowRange[next.Length];
        }
        next.CopyTo(documents);
        deltas.Run(pool, tensors.Outputs, tensors.OutputGradient, shape, deltaValues);
        pool.Run(this, next.Length * shape.KvHeads);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(int chunk, int worker)
    {
        RowRange document = documents[chunk / shape.KvHeads];
        int kvHead = chunk % shape.KvHeads;
        Memory memory = new((float*)scratch!.Pointer + worker * workerFloats, shape);
        for (int row = document.First; row < document.End; row++)
        {
            new Span<float>(Head(all.KeyGradient, row, kvHead), shape.Channels).Clear();
            new Span<float>(Head(all.ValueGradient, row, kvHead), shape.Channels).Clear();
        }
        for (int head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (int first = 0; first < document.Count; first += Positions)
            {
                Queries(document, head, first, in memory);
            }
        }
    }

    float* Head(Tensor tensor, int row, int head) => tensor.RowPointer(row) + (long)head * shape.Channels;

    /// <summary>One tile of a head's rows with all tiles of keys that it sees.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Queries(RowRange document, int head, int first, in Memory memory)
    {
        int rows = Math.Min(Positions, document.Count - first), channels = shape.Channels, start = document.First + first;
        float* q = Head(all.Queries, start, head), dy = Head(all.OutputGradient, start, head);
        DocumentTiles.RowPanels(q, all.Queries.Stride, rows, channels, memory.TurnedQueries);
        DocumentTiles.RowPanels(dy, all.OutputGradient.Stride, rows, channels, memory.TurnedOutputs);
        DocumentTiles.ChannelPanels(q, all.Queries.Stride, rows, channels, memory.Queries);
        DocumentTiles.ChannelPanels(dy, all.OutputGradient.Stride, rows, channels, memory.Outputs);
        // Rows that are missing have weights e^−∞ = 0.
        new Span<float>(memory.LogSums, Positions).Fill(float.PositiveInfinity);
        new Span<float>(memory.Deltas, Positions).Clear();
        for (int r = 0; r < rows; r++)
        {
            memory.LogSums[r] = all.LogSums.RowPointer(start + r)[head];
            memory.Deltas[r] = deltaValues[(long)(start + r) * shape.Heads + head];
        }
        new Span<float>(memory.QueryGradient, shape.Panels * Positions * Lanes).Clear();
        for (int key = shape.Oldest(first) / Positions * Positions; key < first + rows; key += Positions)
        {
            Keys(document.First, head / shape.Group, first, rows, key, Math.Min(Positions, first + rows - key), in memory);
        }
        DocumentTiles.Unpack(memory.QueryGradient, Positions, rows, channels, shape.Scale, false, Head(all.QueryGradient, start, head), all.QueryGradient.Stride);
    }

    /// <summary>One tile of rows with one tile of keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Keys(int document, int kvHead, int first, int rows, int key, int keys, in Memory memory)
    {
        int channels = shape.Channels, panels = (rows + Lanes - 1) / Lanes, start = document + key;
        float* k = Head(all.Keys, start, kvHead);
        DocumentTiles.Rows(k, all.Keys.Stride, keys, channels, Positions, memory.KeyRows);
        DocumentTiles.Rows(Head(all.Values, start, kvHead), all.Values.Stride, keys, channels, Positions, memory.ValueRows);
        DocumentTiles.ChannelPanels(k, all.Keys.Stride, keys, channels, memory.Keys);
        new Span<float>(memory.Scores, 2 * Positions * Positions).Clear();
        for (int p = 0; p < panels; p += 2)
        {
            // Keys behind the last row of two panels have no weight there.
            int seen = Math.Min(keys, first + (p + 2) * Lanes - key), count = Math.Min(2, panels - p);
            long turned = (long)p * channels * Lanes, at = (long)p * Positions * Lanes;
            kernels.MultiplyAll(memory.TurnedQueries + turned, channels, count, channels, memory.KeyRows, seen, Positions, memory.Scores + at);
            kernels.MultiplyAll(memory.TurnedOutputs + turned, channels, count, channels, memory.ValueRows, seen, Positions, memory.WeightGradient + at);
        }
        for (int p = 0; p < panels; p++)
        {
            if (wide)
            {
                Weigh<Lanes512>(first + p * Lanes, key, keys, p, in memory);
            }
            else
            {
                Weigh<Lanes256>(first + p * Lanes, key, keys, p, in memory);
            }
        }
        bool diagonal = key == first && keys > Half;
        Accumulate(memory.Outputs, memory.Weights, rows, keys, diagonal, 1, Head(all.ValueGradient, start, kvHead), all.ValueGradient.Stride, memory.Sums);
        Accumulate(memory.Queries, memory.ScoreGradient, rows, keys, diagonal, shape.Scale, Head(all.KeyGradient, start, kvHead), all.KeyGradient.Stride, memory.Sums);
        AddQueries(rows, keys, diagonal, in memory);
    }

    /// <summary>Adds the gradient that a tile of rows gives a tile of keys, or of values; on the diagonal the first rows do not see the last keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Accumulate(float* panels, float* activations, int rows, int keys, bool diagonal, float factor, float* target, int stride, float* sums)
    {
        new Span<float>(sums, shape.Panels * Positions * Lanes).Clear();
        int before = diagonal ? Half : keys;
        kernels.MultiplyAll(panels, Positions, shape.Panels, rows, activations, before, Positions, sums);
        if (diagonal)
        {
            kernels.MultiplyAll(panels + Half * Lanes, Positions, shape.Panels, rows - Half, activations + Half * Tile.Channels + Half, keys - Half, Positions, sums + Half * Lanes);
        }
        DocumentTiles.Unpack(sums, Positions, keys, shape.Channels, factor, true, target, stride);
    }

    /// <summary>Adds the gradient that a tile of keys gives a tile of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddQueries(int rows, int keys, bool diagonal, in Memory memory)
    {
        int before = diagonal ? Half : rows;
        kernels.OuterAll(memory.Keys, Positions, shape.Panels, diagonal ? Half : keys, memory.ScoreGradientRows, Positions, before, Positions, memory.QueryGradient);
        if (diagonal)
        {
            kernels.OuterAll(memory.Keys, Positions, shape.Panels, keys, memory.ScoreGradientRows + Half, Positions, rows - Half, Positions, memory.QueryGradient + Half * Lanes);
        }
    }

    /// <summary>Weights and gradients of the scores of 16 rows, of which the first is at <paramref name="position"/>, with a tile of keys.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Weigh<TLanes>(int position, int key, int keys, int panel, in Memory memory) where TLanes : struct, ILanes<TLanes>
    {
        float* weights = memory.Weights + panel * Lanes, gradient = memory.ScoreGradient + panel * Lanes, rows = memory.ScoreGradientRows + panel * Lanes;
        float* scores = memory.Scores + (long)panel * Positions * Lanes, slope = memory.WeightGradient + (long)panel * Positions * Lanes;
        TLanes scale = TLanes.Create(shape.Scale), deltas = TLanes.Load(memory.Deltas + panel * Lanes);
        TLanes shift = TLanes.Subtract(TLanes.Create(0), TLanes.Load(memory.LogSums + panel * Lanes));
        for (int j = 0; j < keys; j++)
        {
            TLanes p = TLanes.Exp(TLanes.MultiplyAdd(TLanes.Load(scores + j * Lanes), scale, shift));
            TLanes.Store(p, weights + j * Tile.Channels);
            TLanes change = TLanes.Multiply(p, TLanes.Subtract(TLanes.Load(slope + j * Lanes), deltas));
            TLanes.Store(change, gradient + j * Tile.Channels);
            TLanes.Store(change, rows + j * Positions);
        }
        int oldest = shape.Oldest(position + Lanes - 1);
        for (int j = 0; j < keys; j++)
        {
            if (key + j > position || key + j < oldest)
            {
                Hide(weights + j * Tile.Channels, gradient + j * Tile.Channels, rows + j * Positions, position, key + j);
            }
        }
    }

    /// <summary>Takes weight and gradient from rows that do not see a key.</summary>
    void Hide(float* weights, float* gradient, float* rows, int position, int key)
    {
        for (int i = 0; i < Lanes; i++)
        {
            if (key > position + i || key < shape.Oldest(position + i))
            {
                (weights[i], gradient[i], rows[i]) = (0, 0, 0);
            }
        }
    }

    /// <summary>A worker's scratch memory.</summary>
    readonly struct Memory
    {
        // [panel][channel][16 rows]
        public readonly float* TurnedQueries, TurnedOutputs;

        // [panel][row or key][16 channels]
        public readonly float* Queries, Outputs, Keys, QueryGradient, Sums;

        // [tile of channels][key]
        public readonly float* KeyRows, ValueRows;

        // [panel][key][16 rows]
        public readonly float* Scores, WeightGradient;

        // [key][row], 256 apart as activations are, and without gaps
        public readonly float* Weights, ScoreGradient, ScoreGradientRows;

        // [row]
        public readonly float* LogSums, Deltas;

        public Memory(float* start, DocumentShape shape)
        {
            long turned = (long)Positions * shape.Channels, panels = (long)shape.Panels * Positions * Lanes, rows = (long)Positions * shape.ActivationFloats;
            TurnedQueries = start;
            TurnedOutputs = TurnedQueries + turned;
            Queries = TurnedOutputs + turned;
            Outputs = Queries + panels;
            Keys = Outputs + panels;
            QueryGradient = Keys + panels;
            Sums = QueryGradient + panels;
            KeyRows = Sums + panels;
            ValueRows = KeyRows + rows;
            Scores = ValueRows + rows;
            WeightGradient = Scores + PositionPanels * Positions * Lanes;
            Weights = WeightGradient + PositionPanels * Positions * Lanes;
            ScoreGradient = Weights + Positions * Tile.Channels;
            ScoreGradientRows = ScoreGradient + Positions * Tile.Channels;
            LogSums = ScoreGradientRows + Positions * Positions;
            Deltas = LogSums + Positions;
        }
    }

    /// <summary>D = Σ over channels of dO · O, for each row and head.</summary>
    sealed class Deltas : RowWork
    {
        Tensor outputs, gradient;
        DocumentShape shape;
        float* values;

        public void Run(WorkerPool pool, Tensor outputs, Tensor gradient, DocumentShape shape, float* values)
        {
            (this.outputs, this.gradient, this.shape) = (outputs, gradient, shape);
            this.values = values;
            RunRows(pool, outputs.Rows, outputs.Columns);
        }

        protected override void Row(int row)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                long at = (long)head * shape.Channels;
                values[(long)row * shape.Heads + head] = Vectors.Dot(outputs.RowPointer(row) + at, gradient.RowPointer(row) + at, shape.Channels);
            }
        }
    }
}
