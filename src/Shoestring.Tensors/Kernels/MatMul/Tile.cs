namespace Shoestring.Tensors;

/// <summary>
/// Decoded weights of one group (16 output rows) over one tile of 256 input channels, in a worker's scratch memory: what
/// every integer kernel multiplies, whatever the format. With w the stored byte,
/// <c>weight[row, k] = scale[sub][row] · (w − offset) − minimum[sub][row]</c>.
/// </summary>
/// <param name="Bytes"><c>[block of 32][quad of 4 channels][row of 16][channel of 4]</c>, unsigned.</param>
/// <param name="Scales"><c>[sub-block][row of 16]</c>, a sub-block being 16 or 32 channels.</param>
/// <param name="Minimums"><c>[sub-block][row of 16]</c>, subtracted; unused by formats without one.</param>
internal unsafe readonly record struct Tile(nint Bytes, nint Scales, nint Minimums)
{
    /// <summary>Input channels of a tile.</summary>
    public const int Channels = 256;

    /// <summary>Blocks of 32 channels in a tile.</summary>
    public const int Blocks = Channels / 32;

    /// <summary>Bytes of scratch memory that a tile takes.</summary>
    public const int ScratchBytes = 3 * PlaneBytes + 2 * 16 * PackedLayout.GroupRows * sizeof(float);

    const int PlaneBytes = Channels * PackedLayout.GroupRows;

    /// <summary>Lays a tile over scratch memory of <see cref="ScratchBytes"/>.</summary>
    public static Tile Over(byte* scratch) => new(
        (nint)scratch,
        (nint)(scratch + 3 * PlaneBytes),
        (nint)(scratch + 3 * PlaneBytes + 16 * PackedLayout.GroupRows * sizeof(float)));

    public byte* W => (byte*)Bytes;

    /// <summary>Room for the low nibbles of <see cref="W"/>, for kernels that want them apart.</summary>
    public byte* LowNibbles => W + PlaneBytes;

    /// <summary>Room for the high nibbles.</summary>
    public byte* HighNibbles => W + 2 * PlaneBytes;

    public float* Scale => (float*)Scales;

    public float* Minimum => (float*)Minimums;
}

/// <summary>The planes of one group, in the order of <see cref="PackedLayout.Fields"/>.</summary>
internal unsafe readonly struct Planes(byte* group, PackedLayout layout)
{
    public readonly byte* P0 = group;
    public readonly byte* P1 = group + (layout.PlaneOffsets.Length > 1 ? layout.PlaneOffsets[1] : 0);
    public readonly byte* P2 = group + (layout.PlaneOffsets.Length > 2 ? layout.PlaneOffsets[2] : 0);
    public readonly byte* P3 = group + (layout.PlaneOffsets.Length > 3 ? layout.PlaneOffsets[3] : 0);
    public readonly byte* P4 = group + (layout.PlaneOffsets.Length > 4 ? layout.PlaneOffsets[4] : 0);
}

/// <summary>
/// A quantized format as the integer kernels see it. The constants are static so that the compiler folds them into a
/// kernel of its own for each format.
/// </summary>
internal unsafe interface ITileDecoder
{
    /// <summary>Channels that share a scale: 16 or 32.</summary>
    static abstract int SubBlock { get; }

    /// <summary>Whether <see cref="Tile.Minimum"/> is used.</summary>
    static abstract bool HasMinimum { get; }

    /// <summary>What the stored bytes have too much, to be unsigned.</summary>
    static abstract int Offset { get; }

    /// <summary>
    /// Largest stored byte. Products with signed bytes are added in pairs and must fit 16 bits; how many pairs fit
    /// decides how long a kernel may stay in 16 bits.
    /// </summary>
    static abstract int Largest { get; }

    /// <summary>Decodes <paramref name="blocks"/> blocks of 32 channels from tile <paramref name="kTile"/> of a group.</summary>
    static abstract void Decode(in Planes planes, int kTile, int blocks, Tile tile);
}
