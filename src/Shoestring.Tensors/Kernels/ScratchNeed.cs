namespace Shoestring.Tensors;

/// <summary>
/// Bytes of scratch memory that <see cref="Operations"/> grow to, by buffer: each is as large as the largest operation wants it, and what
/// operations take is what these formulas say.
/// </summary>
/// <param name="Panels">Panels, sums and partial sums of training's operations.</param>
/// <param name="Records">Activations quantized for weights in blocks.</param>
/// <param name="Floats">Activations in tiles, for few rows or halves.</param>
public readonly record struct ScratchNeed(long Panels, long Records, long Floats)
{
    /// <summary>Bytes of panels that are made at once of weights for dx = dy·W, unless one tile of 256 outputs has more.</summary>
    const long PanelBytes = 4 << 20;

    /// <summary>Rows from which products with F32 weights are cut by rows too: two blocks of them.</summary>
    internal const int LargeRows = 2 * PanelProductWork.RowBlock;

    /// <summary>All buffers.</summary>
    public long Bytes => Panels + Records + Floats;

    /// <summary>What is held from the beginning.</summary>
    public static long Fixed(int threads) => (long)threads * MatMulWork.ScratchBytes;

    /// <summary>Enough for both.</summary>
    public ScratchNeed Or(ScratchNeed other) => new(Math.Max(Panels, other.Panels), Math.Max(Records, other.Records), Math.Max(Floats, other.Floats));

    /// <summary>Of y = x·Wᵀ for one or several W that share x.</summary>
    /// <param name="rows">Rows of x.</param>
    /// <param name="inputs">Its channels.</param>
    /// <param name="formats">The weights' formats.</param>
    /// <param name="threads">Threads.</param>
    public static ScratchNeed Product(int rows, int inputs, ReadOnlySpan<TensorFormat> formats, int threads)
    {
        bool quantized = false, plain = false, large = rows >= LargeRows;
        foreach (TensorFormat format in formats)
        {
            quantized |= !format.MultipliesFloats();
            plain |= format.MultipliesFloats();
            large &= format == TensorFormat.F32;
        }
        if (large)
        {
            return new(threads * PanelProductWork.ScratchFloats(inputs) * sizeof(float), 0, 0);
        }
        long tiles = (long)rows * PackedActivations.Tiles(inputs);
        return new(0, quantized ? tiles * PackedActivations.RecordBytes : 0, plain ? tiles * PackedActivations.FloatTileBytes : 0);
    }

    /// <summary>Of dx = dy·W.</summary>
    /// <param name="outputs">Channels of dy.</param>
    /// <param name="inputs">Channels of dx.</param>
    /// <param name="threads">Threads.</param>
    public static ScratchNeed InputGradient(int outputs, int inputs, int threads)
    {
        int atOnce = TilesAtOnce(outputs, inputs);
        long workers = threads * PanelProductWork.ScratchFloats(Math.Min(outputs, atOnce * Tile.Channels));
        return new((atOnce * TileFloats(inputs) + workers) * sizeof(float), 0, 0);
    }

    /// <summary>Tiles of 256 outputs whose panels are made at once for dx = dy·W.</summary>
    internal static int TilesAtOnce(int outputs, int inputs) =>
        (int)Math.Clamp(PanelBytes / sizeof(float) / TileFloats(inputs), 1, PackedActivations.Tiles(outputs));

    /// <summary>Floats of the panels of a tile of 256 outputs.</summary>
    internal static long TileFloats(int inputs) => (inputs + PackedLayout.GroupRows - 1L) / PackedLayout.GroupRows * PanelWork.PanelFloats;

    /// <summary>Of gradient = dyᵀ·x.</summary>
    /// <param name="rows">Rows of both.</param>
    /// <param name="outputs">Channels of dy.</param>
    /// <param name="inputs">Channels of x.</param>
    public static ScratchNeed WeightGradient(int rows, int outputs, int inputs) =>
        new(WeightGradientWork.ScratchFloats(WeightGradientWork.RowsAtOnce(rows, outputs, inputs), outputs, inputs) * sizeof(float), 0, 0);

    /// <summary>Of the way back through a norm.</summary>
    /// <param name="segment">Channels that are normalized together.</param>
    public static ScratchNeed NormGradient(int segment) => new(NormBackwardWork.ScratchFloats(segment) * sizeof(float), 0, 0);

    /// <summary>Of attention within documents, and of the way back through it.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="kvHeads">Key and value heads.</param>
    /// <param name="channels">Channels of a head.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="backward">Whether the way back is wanted too.</param>
    public static ScratchNeed Attention(int rows, int heads, int kvHeads, int channels, int threads, bool backward)
    {
        DocumentShape shape = new(heads, kvHeads, channels, 1, 0);
        long forward = threads * DocumentAttentionWork.ScratchFloats(shape);
        return new((backward ? Math.Max(forward, BackwardFloats(rows, shape, threads)) : forward) * sizeof(float), 0, 0);
    }

    internal static long BackwardFloats(int rows, DocumentShape shape, int threads) =>
        threads * DocumentAttentionBackwardWork.ScratchFloats(shape) + DocumentAttentionBackwardWork.SharedFloats(rows, shape);
}
