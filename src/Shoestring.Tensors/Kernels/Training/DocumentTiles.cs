using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>What attention within documents does, the same for all of them.</summary>
/// <param name="Heads">Query heads, a multiple of <paramref name="KvHeads"/>.</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="Channels">Channels of a head.</param>
/// <param name="Scale">Factor of the scores.</param>
/// <param name="Window">How many positions a row sees, itself included; 0 for all.</param>
internal readonly record struct DocumentShape(int Heads, int KvHeads, int Channels, float Scale, int Window)
{
    /// <summary>Query heads that share a KV head.</summary>
    public int Group => Heads / KvHeads;

    /// <summary>Panels of 16 channels.</summary>
    public int Panels => (Channels + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows;

    /// <summary>Floats of one row of activations over all channels.</summary>
    public int ActivationFloats => PackedActivations.Tiles(Channels) * Tile.Channels;

    /// <summary>The first position that a row sees.</summary>
    public int Oldest(int position) => Window > 0 ? Math.Max(0, position - Window + 1) : 0;
}

/// <summary>Brings up to 64 rows of one head into the forms that <see cref="FloatKernels"/> multiplies.</summary>
internal static unsafe class DocumentTiles
{
    /// <summary>Positions of a tile.</summary>
    public const int Positions = 64;

    /// <summary>Panels of a tile whose lanes are positions.</summary>
    public const int PositionPanels = Positions / Lanes;

    const int Lanes = PackedLayout.GroupRows;

    /// <summary>Activations <c>[tile of 256 channels][row]</c>, <paramref name="room"/> rows from tile to tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* source, long stride, int rows, int channels, int room, float* target)
    {
        for (int first = 0; first < channels; first += Tile.Channels, target += (long)room * Tile.Channels)
        {
            int width = Math.Min(Tile.Channels, channels - first);
            for (int r = 0; r < rows; r++)
            {
                new ReadOnlySpan<float>(source + r * stride + first, width).CopyTo(new Span<float>(target + r * Tile.Channels, width));
            }
        }
    }

    /// <summary>Rows without gaps, <c>[row][channel]</c>: rows of a power of two apart would share few lines of the first-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* source, long stride, int rows, int channels, float* target)
    {
        for (int r = 0; r < rows; r++)
        {
            new ReadOnlySpan<float>(source + r * stride, channels).CopyTo(new Span<float>(target + (long)r * channels, channels));
        }
    }

    /// <summary>Panels whose lanes are channels, <c>[panel][row of 64][16 channels]</c>; missing channels are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ChannelPanels(float* source, long stride, int rows, int channels, float* target)
    {
        for (int c = 0; c < channels; c += Lanes, target += Positions * Lanes)
        {
            int width = Math.Min(Lanes, channels - c);
            for (int r = 0; r < rows; r++)
            {
                if (width == Lanes)
                {
                    Lanes256.Store(Lanes256.Load(source + r * stride + c), target + r * Lanes);
                    continue;
                }
                new ReadOnlySpan<float>(source + r * stride + c, width).CopyTo(new Span<float>(target + r * Lanes, width));
                new Span<float>(target + r * Lanes + width, Lanes - width).Clear();
            }
        }
    }

    /// <summary>Panels whose lanes are rows, <c>[panel][channel][16 rows]</c>; missing rows are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowPanels(float* source, long stride, int rows, int channels, float* target)
    {
        for (int r = 0; r < rows; r += Lanes, target += (long)channels * Lanes)
        {
            int count = Math.Min(Lanes, rows - r);
            if (count < Lanes)
            {
                new Span<float>(target, channels * Lanes).Clear();
            }
            Transposition.Run(source + r * stride, stride, count, channels, target, Lanes);
        }
    }

    /// <summary>rows (+)= factor · sums. <paramref name="sums"/>: <c>[panel][row][16 channels]</c>, <paramref name="room"/> rows from panel to panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(float* sums, int room, int rows, int channels, float factor, bool add, float* target, long stride)
    {
        Lanes256 factors = Lanes256.Create(factor);
        for (int c = 0; c < channels; c += Lanes, sums += (long)room * Lanes)
        {
            int width = Math.Min(Lanes, channels - c);
            for (int r = 0; r < rows; r++)
            {
                float* from = sums + r * Lanes, to = target + r * stride + c;
                if (width == Lanes)
                {
                    Lanes256 value = Lanes256.Multiply(Lanes256.Load(from), factors);
                    Lanes256.Store(add ? Lanes256.Add(Lanes256.Load(to), value) : value, to);
                    continue;
                }
                for (int i = 0; i < width; i++)
                {
                    to[i] = add ? to[i] + from[i] * factor : from[i] * factor;
                }
            }
        }
    }
}
