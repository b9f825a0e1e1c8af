using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

// A group lies as one plane of 16-bit units, [block][unit of 67][row of 16]: the scale, two units of magnitudes, then four indices of a
// row in each unit. AVX2 looks 8 rows up at a time in two halves of the table; other machines do it one by one, to the same floats.
internal unsafe struct NF4Tile : IFloatDecoder
{
    const int Rows = PackedLayout.GroupRows, UnitBytes = 2 * Rows, BlockBytes = 134 * Rows, FirstIndices = BlockNF4.IndicesOffset / 2;

    /// <inheritdoc/>
    /// <remarks>Both numbers are multiples of 64: columns are whole blocks, and tiles begin at multiples of 256.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* Decode(byte* group, int first, int count, float* scratch)
    {
        float* magnitudes = stackalloc float[Rows];
        for (int k = 0; k < count; k += BlockNF4.Group)
        {
            byte* block = group + (long)((first + k) / BlockNF4.Elements) * BlockBytes;
            int part = (first + k) % BlockNF4.Elements / BlockNF4.Group;
            Magnitudes(block, part, magnitudes);
            byte* units = block + ((FirstIndices + (part * BlockNF4.Group / 4)) * UnitBytes);
            for (int c = 0; c < BlockNF4.Group; c += 4, units += UnitBytes)
            {
                Quad((ushort*)units, magnitudes, scratch + ((k + c) * Rows));
            }
        }
        return scratch;
    }

    static void Magnitudes(byte* block, int part, float* magnitudes)
    {
        HalfBits.ToSingle16(block, magnitudes);
        byte* levels = block + ((1 + (part / 2)) * UnitBytes) + (part % 2);
        for (int r = 0; r < Rows; r++)
        {
            magnitudes[r] = magnitudes[r] * BlockNF4.Unit * levels[2 * r];
        }
    }

    /// <summary>Four channels of 16 rows. <paramref name="target"/>: <c>[channel of 4][row of 16]</c></summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Quad(ushort* indices, float* magnitudes, float* target)
    {
        if (!Avx2.IsSupported)
        {
            for (int i = 0; i < 4 * Rows; i++)
            {
                target[i] = magnitudes[i % Rows] * BlockNF4.Table[(indices[i % Rows] >> (4 * (i / Rows))) & 15];
            }
            return;
        }
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.Load(indices));
        Vector256<float> lowMagnitudes = Vector256.Load(magnitudes), highMagnitudes = Vector256.Load(magnitudes + 8);
        for (int channel = 0; channel < 4; channel++, target += Rows)
        {
            (LookUp(low >> (4 * channel)) * lowMagnitudes).Store(target);
            (LookUp(high >> (4 * channel)) * highMagnitudes).Store(target + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> LookUp(Vector256<uint> indices)
    {
        // The permutation takes three bits of an index; the fourth, moved to the sign, chooses between the halves.
        Vector256<float> lower = Avx2.PermuteVar8x32(Vector256.Create(BlockNF4.Table[..8]), indices.AsInt32());
        Vector256<float> upper = Avx2.PermuteVar8x32(Vector256.Create(BlockNF4.Table[8..]), indices.AsInt32());
        return Avx.BlendVariable(lower, upper, (indices << 28).AsSingle());
    }
}
