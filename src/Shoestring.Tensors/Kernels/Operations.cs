namespace Shoestring.Tensors;

/// <summary>
/// The closed list of what layers can ask for. It owns the scratch memory and the work objects, so a steady step allocates
/// nothing; one thread at a time may call it. Every result is bitwise the same for any number of threads and any batch.
/// </summary>
public sealed unsafe partial class Operations : IDisposable
{
    readonly WorkerPool pool;
    readonly MemoryAccount account;
    readonly NativeBuffer matMulScratch;
    readonly MatMulWork matMul;
    readonly AttentionWork attention;
    readonly HeavyHitterWork heavyHitters;
    readonly PackWork pack = new();
    readonly NormWork norm = new();
    readonly RotaryWork rotary = new();
    readonly KvWriteWork kvWrite = new();
    readonly EmbedWork embed;
    readonly ElementwiseWork<SiluProduct> siluProduct = new();
    readonly ElementwiseWork<GeluTanh> gelu = new();
    readonly ElementwiseWork<Sum> sum = new();
    NativeBuffer? attentionScratch;
    NativeBuffer? records;
    NativeBuffer? floats;
    AttentionSpan[] parts = [];
    int[] done = [];

    /// <summary>Operations on <paramref name="pool"/>'s threads.</summary>
    /// <param name="pool">The threads; the caller keeps it alive and disposes of it.</param>
    /// <param name="account">Who counts the scratch memory.</param>
    /// <param name="path">The kernel set; by default the best, or what SHOESTRING_ISA names.</param>
    public Operations(WorkerPool pool, MemoryAccount account, SimdPath? path = null)
    {
        this.pool = pool;
        this.account = account;
        Path = path ?? Simd.Chosen;
        matMulScratch = new NativeBuffer(ScratchNeed.Fixed(pool.Threads), MemoryKind.Scratch, account);
        matMul = new MatMulWork(new KernelTable(Path), matMulScratch);
        attention = new AttentionWork(Path);
        heavyHitters = new HeavyHitterWork(Path);
        embed = new EmbedWork(pool.Threads);
        FloatKernels kernels = FloatKernels.Of(Path);
        panelProduct = new PanelProductWork(kernels);
        weightGradient = new WeightGradientWork(kernels);
        documentAttention = new DocumentAttentionWork(kernels, Path);
        documentAttentionBackward = new DocumentAttentionBackwardWork(kernels, Path);
    }

    /// <summary>The kernel set in use.</summary>
    public SimdPath Path { get; }

    /// <summary>What has been computed so far.</summary>
    public WorkCounters Counters { get; } = new();

    /// <summary>Products of one input with several weights, in one parallel region: y = x·Wᵀ.</summary>
    /// <param name="x"><c>[row, inputs]</c></param>
    /// <param name="products">Weights and outputs, 1 … 8; quantized weights see x quantized to 8 bits, 32 channels to a scale.</param>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void Multiply(Tensor x, ReadOnlySpan<Product> products)
    {
        bool quantized = false, plain = false, large = x.Rows >= ScratchNeed.LargeRows;
        foreach (Product product in products)
        {
            if (product.Weights.Columns != x.Columns || product.Weights.Rows != product.Output.Columns || product.Output.Rows != x.Rows)
            {
                throw new ArgumentException($"multiply: x [{x.Rows}, {x.Columns}] with weights [{product.Weights.Rows}, {product.Weights.Columns}] into [{product.Output.Rows}, {product.Output.Columns}]", nameof(products));
            }
            bool isFloat = product.Weights.Format.MultipliesFloats();
            quantized |= !isFloat;
            plain |= isFloat;
            large &= product.Weights.Format == TensorFormat.F32;
            Counters.CountProduct(product.Weights, x.Rows);
        }
        if (large)
        {
            MultiplyLarge(x, products);
            return;
        }
        int tiles = PackedActivations.Tiles(x.Columns);
        byte* q = quantized ? Grow(ref records, (long)x.Rows * tiles * PackedActivations.RecordBytes) : null;
        byte* f = plain ? Grow(ref floats, (long)x.Rows * tiles * PackedActivations.FloatTileBytes) : null;
        pack.Run(pool, x, q, f);
        pool.Run(matMul, matMul.Prepare(products, x.Rows, q, f));
    }

    /// <summary>One product: y = x·Wᵀ.</summary>
    public void Multiply(Tensor x, PackedMatrix weights, Tensor y) => Multiply(x, [new Product(weights, y)]);

    /// <summary>Decodes rows of an embedding table. <paramref name="y"/>: <c>[token, channel]</c></summary>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the table.</exception>
    public void Embed(PackedMatrix table, ReadOnlySpan<int> tokens, Tensor y) =>
        embed.Run(pool, table, tokens, y);

    /// <summary>RMSNorm of rows, or of segments of rows when <paramref name="weight"/> is shorter than a row.</summary>
    public void RmsNorm(Tensor x, Tensor weight, float epsilon, Tensor y) =>
        norm.Run(pool, x, weight, null, epsilon, centred: false, weight.Columns, y);

    /// <summary>LayerNorm of rows.</summary>
    public void LayerNorm(Tensor x, Tensor weight, Tensor? bias, float epsilon, Tensor y) =>
        norm.Run(pool, x, weight, bias, epsilon, centred: true, weight.Columns, y);

    /// <summary>
    /// Fills the table of angles of a step. <paramref name="table"/>: <c>[row, cos … | sin …]</c>, one column pair for each
    /// of the <paramref name="frequencies"/> (radians per position); both are multiplied by <paramref name="magnitude"/>.
    /// </summary>
    public static void RotaryTable(ReadOnlySpan<int> positions, ReadOnlySpan<double> frequencies, float magnitude, Tensor table)
    {
        for (int row = 0; row < positions.Length; row++)
        {
            Span<float> angles = table.Row(row);
            for (int i = 0; i < frequencies.Length; i++)
            {
                (double sine, double cosine) = Math.SinCos(positions[row] * frequencies[i]);
                angles[i] = (float)(cosine * magnitude);
                angles[frequencies.Length + i] = (float)(sine * magnitude);
            }
        }
    }

    /// <summary>Turns the heads of <paramref name="x"/> in place by the table's angles.</summary>
    public void Rotate(Tensor x, Tensor table, int headChannels, RotaryLayout layout) => rotary.Run(pool, x, table, headChannels, layout);

    /// <summary>Appends a span's keys and values to its cache. <paramref name="keys"/>, <paramref name="values"/>: <c>[row, head · channel]</c></summary>
    /// <exception cref="ArgumentOutOfRangeException">The span's positions do not lie within its cache.</exception>
    /// <exception cref="ArgumentException">The cache cannot take them at once: <see cref="AppendAndAttend"/> does it in parts.</exception>
    public void Append(Tensor keys, Tensor values, in AttentionSpan span)
    {
        if (span.Cache.Selection != null)
        {
            throw new ArgumentException("this cache chooses what it keeps by attention: append and attend at once", nameof(span));
        }
        span.Cache.Advance(span.Start, span.Rows);
        kvWrite.Run(pool, keys, values, span);
    }

    /// <summary>Causal attention of every span's rows over its cache.</summary>
    /// <param name="queries"><c>[row, head · channel]</c></param>
    /// <param name="spans">The sequences of the batch.</param>
    /// <param name="heads">Query heads, a multiple of the caches' KV heads.</param>
    /// <param name="scale">Factor of the scores, usually 1/√channels.</param>
    /// <param name="window">How many positions a row sees, itself included; 0 for all.</param>
    /// <param name="outputs"><c>[row, head · channel]</c></param>
    /// <param name="turn">How queries turn to see sinks, where positions are rotated and a cache keeps sinks.</param>
    public void Attend(Tensor queries, ReadOnlySpan<AttentionSpan> spans, int heads, float scale, int window, Tensor outputs, SinkTurn? turn = null)
    {
        bool sinks = false;
        foreach (ref readonly AttentionSpan span in spans)
        {
            Counters.CountAttention(in span, heads, window);
            sinks |= span.Cache.Retention is { Window: > 0, Sinks: > 0 };
        }
        long bytes = (AttentionWork.ScratchBytes(spans[0].Cache.HeadChannels, heads / spans[0].Cache.Heads, sinks) + 63) / 64 * 64;
        Grow(ref attentionScratch, bytes * pool.Threads);
        pool.Run(attention, attention.Prepare(queries, outputs, spans, heads, scale, window, turn, attentionScratch!, bytes));
    }

    /// <summary>
    /// Appends and attends. Where a cache writes new pages over old ones, the rows go page by page, each part seeing what it must
    /// before the next is written: a row's result is that of one row after the other.
    /// </summary>
    /// <param name="queries"><c>[row, head · channel]</c></param>
    /// <param name="keys"><c>[row, KV head · channel]</c></param>
    /// <param name="values"><c>[row, KV head · channel]</c></param>
    /// <param name="spans">The sequences of the batch.</param>
    /// <param name="heads">Query heads, a multiple of the caches' KV heads.</param>
    /// <param name="scale">Factor of the scores, usually 1/√channels.</param>
    /// <param name="window">How many positions a row sees, itself included; 0 for all.</param>
    /// <param name="outputs"><c>[row, head · channel]</c></param>
    /// <param name="turn">How queries turn to see sinks, where positions are rotated and a cache keeps sinks.</param>
    public void AppendAndAttend(Tensor queries, Tensor keys, Tensor values, ReadOnlySpan<AttentionSpan> spans, int heads, float scale, int window, Tensor outputs, SinkTurn? turn = null)
    {
        if (parts.Length < spans.Length)
        {
            (parts, done) = (new AttentionSpan[spans.Length], new int[spans.Length]);
        }
        done.AsSpan(0, spans.Length).Clear();
        Choose(queries, keys, values, spans, heads, scale, window, outputs);
        while (NextParts(spans) is > 0 and var count)
        {
            foreach (ref readonly AttentionSpan part in parts.AsSpan(0, count))
            {
                Append(keys, values, in part);
            }
            Attend(queries, parts.AsSpan(0, count), heads, scale, window, outputs, turn);
        }
    }

    /// <summary>The spans whose caches choose what they keep, row by row.</summary>
    void Choose(Tensor queries, Tensor keys, Tensor values, ReadOnlySpan<AttentionSpan> spans, int heads, float scale, int window, Tensor outputs)
    {
        int count = 0, slots = 0;
        for (int i = 0; i < spans.Length; i++)
        {
            if (spans[i].Cache.Selection is { } selection)
            {
                spans[i].Cache.Advance(spans[i].Start, spans[i].Rows);
                Counters.CountAttention(in spans[i], heads, window);
                (parts[count++], done[i], slots) = (spans[i], spans[i].Rows, Math.Max(slots, selection.Slots));
            }
        }
        if (count > 0)
        {
            long bytes = (HeavyHitterWork.ScratchBytes(parts[0].Cache.HeadChannels, heads / parts[0].Cache.Heads, slots) + 63) / 64 * 64;
            Grow(ref attentionScratch, bytes * pool.Threads);
            pool.Run(heavyHitters, heavyHitters.Prepare(queries, keys, values, outputs, parts.AsSpan(0, count), heads, scale, attentionScratch!, bytes));
        }
    }

    int NextParts(ReadOnlySpan<AttentionSpan> spans)
    {
        int count = 0;
        for (int i = 0; i < spans.Length; i++)
        {
            AttentionSpan span = spans[i];
            int start = span.Start + done[i], rows = Math.Min(span.Rows - done[i], span.Cache.RowsAtOnce(start));
            if (rows > 0)
            {
                parts[count++] = new AttentionSpan(span.Cache, span.FirstRow + done[i], rows, start);
                done[i] += rows;
            }
        }
        return count;
    }

    /// <summary>y = silu(gate) · up.</summary>
    public void SiluMultiply(Tensor gate, Tensor up, Tensor y) => siluProduct.Run(pool, gate, up, y);

    /// <summary>y = gelu(x), tanh form.</summary>
    public void Gelu(Tensor x, Tensor y) => gelu.Run(pool, x, x, y);

    /// <summary>z = x + y; a <paramref name="y"/> of one row (a bias) is added to every row.</summary>
    public void Add(Tensor x, Tensor y, Tensor z) => sum.Run(pool, x, y, z);

    /// <summary>Copies the rows named in <paramref name="rows"/> next to each other.</summary>
    public static void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            x.Row(rows[i]).CopyTo(y.Row(i));
        }
    }

    byte* Grow(ref NativeBuffer? buffer, long bytes)
    {
        if (buffer == null || buffer.Bytes < bytes)
        {
            buffer?.Dispose();
            buffer = new NativeBuffer(bytes, MemoryKind.Scratch, account);
        }
        return buffer.Pointer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        matMulScratch.Dispose();
        attentionScratch?.Dispose();
        records?.Dispose();
        floats?.Dispose();
        trainingScratch?.Dispose();
    }
}
