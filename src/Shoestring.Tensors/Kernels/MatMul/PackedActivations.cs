using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>
/// Activations as the kernels read them: cut into tiles of 256 channels, tile-major
/// (<c>[tile][row]</c>) so that the rows of a tile lie together. For quantized weights a tile of a row is one record of
/// <see cref="RecordBytes"/>: 8-bit integers with a scale for each 32, and the sums that offsets and minimums multiply.
/// For float weights it is 256 floats.
/// </summary>
internal static unsafe class PackedActivations
{
    /// <summary>Bytes of a record: 256 sbyte, 8 scales, 8 sums, 8 scaled sums, 16 half-block sums, 16 scaled ones, padding.</summary>
    public const int RecordBytes = 512;
    public const int Scale = 256;
    public const int Sum32 = Scale + 32;
    public const int ScaledSum32 = Sum32 + 32;
    public const int Sum16 = ScaledSum32 + 32;
    public const int ScaledSum16 = Sum16 + 64;

    /// <summary>Bytes of a tile of floats.</summary>
    public const int FloatTileBytes = Tile.Channels * sizeof(float);

    /// <summary>Number of tiles that hold <paramref name="channels"/> channels.</summary>
    public static int Tiles(int channels) => (channels + Tile.Channels - 1) / Tile.Channels;

    /// <summary>
    /// Quantizes a row symmetrically, 32 channels to a scale: q = round(x · 127 / max|x|), to nearest even.
    /// <paramref name="destination"/> is the row's record in tile 0; the next tile's is <paramref name="tileStride"/> bytes on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(float* row, int channels, byte* destination, long tileStride)
    {
        int blocks = channels / 32;
        for (int b = 0; b < blocks; b++)
        {
            byte* record = destination + b / Tile.Blocks * tileStride;
            QuantizeBlock(row + b * 32, record, b % Tile.Blocks);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void QuantizeBlock(float* x, byte* record, int b)
    {
        Vector256<float> x0 = Vector256.Load(x), x1 = Vector256.Load(x + 8), x2 = Vector256.Load(x + 16), x3 = Vector256.Load(x + 24);
        Vector256<float> m = Vector256.Max(Vector256.Max(Vector256.Abs(x0), Vector256.Abs(x1)), Vector256.Max(Vector256.Abs(x2), Vector256.Abs(x3)));
        Vector128<float> m4 = Vector128.Max(m.GetLower(), m.GetUpper());
        m4 = Vector128.Max(m4, Vector128.Shuffle(m4, Vector128.Create(2, 3, 0, 1)));
        float largest = MathF.Max(m4[0], m4[1]);
        float scale = largest / 127f;
        Vector256<float> inverse = Vector256.Create(largest > 0 ? 127f / largest : 0);
        Vector256<int> i0 = Vector256.ConvertToInt32(Vector256.Round(x0 * inverse)), i1 = Vector256.ConvertToInt32(Vector256.Round(x1 * inverse));
        Vector256<int> i2 = Vector256.ConvertToInt32(Vector256.Round(x2 * inverse)), i3 = Vector256.ConvertToInt32(Vector256.Round(x3 * inverse));
        Vector256<sbyte> bytes = Vector256.Narrow(Vector256.Narrow(i0, i1), Vector256.Narrow(i2, i3));
        bytes.Store((sbyte*)record + b * 32);
        int first = Vector256.Sum(i0 + i1), second = Vector256.Sum(i2 + i3);
        *(float*)(record + Scale + b * 4) = scale;
        *(float*)(record + Sum32 + b * 4) = first + second;
        *(float*)(record + ScaledSum32 + b * 4) = scale * (first + second);
        *(float*)(record + Sum16 + b * 8) = first;
        *(float*)(record + Sum16 + b * 8 + 4) = second;
        *(float*)(record + ScaledSum16 + b * 8) = scale * first;
        *(float*)(record + ScaledSum16 + b * 8 + 4) = scale * second;
    }

    /// <summary>Copies a row into float tiles; the last tile is filled up with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* row, int channels, byte* destination, long tileStride)
    {
        for (int k = 0; k < channels; k += Tile.Channels)
        {
            int count = Math.Min(Tile.Channels, channels - k);
            float* target = (float*)(destination + k / Tile.Channels * tileStride);
            Buffer.MemoryCopy(row + k, target, FloatTileBytes, count * sizeof(float));
            new Span<float>(target + count, Tile.Channels - count).Clear();
        }
    }
}
