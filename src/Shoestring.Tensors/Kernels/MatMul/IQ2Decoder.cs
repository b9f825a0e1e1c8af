using System.Numerics;
using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// IQ2_XXS: each 8 channels are a point of a grid of 256 (magnitudes 8, 25, 43) with 8 signs. The tile stores
/// magnitude · sign + 64. Four table look-ups for 32 channels of a row, row by row: this format saves memory, not time.
/// </summary>
internal unsafe struct IQ2_XXSTile : ITileDecoder
{
    public static int SubBlock => 32;
    public static bool HasMinimum => false;
    public static int Offset => 64;
    public static int Largest => 107;

    const ulong Bias = 0x4040404040404040;
    const ulong TwiceBias = 0x8080808080808080;

    /// <summary>For each 7-bit pattern, 0xFF in the bytes whose sign is negative; the eighth sign makes their number even.</summary>
    static readonly ulong[] SignMasks = [.. Enumerable.Range(0, 128).Select(Mask)];

    static ulong Mask(int pattern)
    {
        int signs = BlockIQ2_XXS.Signs(pattern);
        ulong mask = 0;
        for (int i = 0; i < 8; i++)
        {
            mask |= (signs >> i & 1) != 0 ? 0xFFUL << (8 * i) : 0;
        }
        return mask;
    }

    // Planes: qs[64] (per block of 32: four grid indices, then signs and scale), d.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(in Planes planes, int kTile, int blocks, Tile tile)
    {
        ReadOnlySpan<ulong> grid = BlockIQ2_XXS.Grid;
        float* row = stackalloc float[16];
        HalfBits.ToSingle16(planes.P1 + kTile * 32, row);
        uint* words = (uint*)(planes.P0 + kTile * 64 * 16);
        for (int b = 0; b < blocks; b++, words += 32)
        {
            byte* quads = tile.W + b * 512;
            for (int r = 0; r < 16; r++)
            {
                uint indices = words[r], signs = words[r + 16];
                tile.Scale[b * 16 + r] = row[r] * (0.5f + (signs >> 28)) * 0.25f;
                for (int p = 0; p < 4; p++, indices >>= 8, signs >>= 7)
                {
                    ulong negative = SignMasks[signs & 127];
                    ulong plus = grid[(int)(indices & 255)] + Bias;
                    ulong value = (plus & ~negative) | ((TwiceBias - plus) & negative);
                    *(uint*)(quads + p * 128 + r * 4) = (uint)value;
                    *(uint*)(quads + p * 128 + 64 + r * 4) = (uint)(value >> 32);
                }
            }
        }
    }
}
