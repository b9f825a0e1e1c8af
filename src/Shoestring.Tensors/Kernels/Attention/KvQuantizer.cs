using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>
/// Quantizes keys and values into pages. Rows in Q8_0 and Q4_0 go through the block formats' own encoders, so that their
/// levels are llama.cpp's. KIVI's groups: minimum and maximum of 32 values, scale = (maximum − minimum) / (2^bits − 1),
/// level = round((x − minimum) / scale), ties to even (arXiv 2402.02750, §3, and its published code), with scale and
/// minimum as the halves that are stored; eight values at a time, with <see cref="AffineReference"/> as the plain version.
/// </summary>
internal static unsafe class KvQuantizer
{
    const int Page = KvStore.PagePositions;
    const int Group = KvFormats.GroupChannels;

    /// <summary>Writes one position in Q8_0 or Q4_0.</summary>
    /// <param name="layout">The page's.</param>
    /// <param name="keys"><c>[channel]</c></param>
    /// <param name="values"><c>[channel]</c></param>
    /// <param name="page">The head's page.</param>
    /// <param name="slot">The position in the page.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(in KvPageLayout layout, float* keys, float* values, byte* page, int slot)
    {
        byte* levels = stackalloc byte[Group];
        ushort* keyScales = (ushort*)(page + layout.KeyScales), valueScales = (ushort*)(page + layout.ValueScales);
        for (int g = 0; g < layout.Groups; g++)
        {
            int first = g * Group, count = Math.Min(Group, layout.Channels - first);
            keyScales[g * Page + slot] = Block(layout.Format, keys + first, count, levels);
            for (int c = 0; c < count; c++)
            {
                layout.Put(page + (first + c) * layout.KeyRow, slot, levels[c]);
            }
            valueScales[slot * layout.Groups + g] = Block(layout.Format, values + first, count, levels);
            PackRow(levels, count, layout.Bits, page + layout.Values + slot * layout.ValueRow + first * layout.Bits / 8);
        }
    }

    /// <summary>Levels from 0 of up to 32 values as llama.cpp quantizes them, and their scale.</summary>
    static ushort Block(KvFormat format, float* x, int count, byte* levels)
    {
        Span<float> padded = stackalloc float[Group];
        new ReadOnlySpan<float>(x, count).CopyTo(padded);
        padded[count..].Clear();
        if (format == KvFormat.Q8_0)
        {
            BlockQ8_0 eight = default;
            BlockQ8_0.Encode(padded, MemoryMarshal.CreateSpan(ref eight, 1));
            for (int i = 0; i < Group; i++)
            {
                levels[i] = (byte)(eight.Levels[i] + 128);
            }
            return BitConverter.HalfToUInt16Bits(eight.Scale);
        }
        BlockQ4_0 four = default;
        BlockQ4_0.Encode(padded, MemoryMarshal.CreateSpan(ref four, 1));
        for (int i = 0; i < Group / 2; i++)
        {
            (levels[i], levels[i + Group / 2]) = ((byte)(four.Levels[i] & 15), (byte)(four.Levels[i] >> 4));
        }
        return BitConverter.HalfToUInt16Bits(four.Scale);
    }

    /// <summary>Writes a full page of halves in one of KIVI's formats.</summary>
    /// <param name="layout">The target's.</param>
    /// <param name="source">The source's, in F16.</param>
    /// <param name="halves">The head's page in F16.</param>
    /// <param name="page">The head's page in the format.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FullPage(in KvPageLayout layout, in KvPageLayout source, byte* halves, byte* page)
    {
        float* x = stackalloc float[Page];
        byte* levels = stackalloc byte[Page];
        ushort* scales = (ushort*)(page + layout.KeyScales);
        for (int c = 0; c < layout.Channels; c++)
        {
            Widen((ushort*)(halves + c * source.KeyRow), Page, x);
            for (int first = 0; first < Page; first += KvFormats.GroupPositions, scales += 2)
            {
                Affine(x + first, layout.Bits, levels + first, scales);
            }
            PackRow(levels, Page, layout.Bits, page + c * layout.KeyRow);
        }
        scales = (ushort*)(page + layout.ValueScales);
        for (int slot = 0; slot < Page; slot++)
        {
            ushort* row = (ushort*)(halves + source.Values + slot * source.ValueRow);
            for (int first = 0; first < layout.Channels; first += Group, scales += 2)
            {
                int count = Math.Min(Group, layout.Channels - first);
                Widen(row + first, count, x);
                // What fills the group up must not widen its range.
                new Span<float>(x + count, Group - count).Fill(x[0]);
                Affine(x, layout.Bits, levels, scales);
                PackRow(levels, count, layout.Bits, page + layout.Values + slot * layout.ValueRow + first * layout.Bits / 8);
            }
        }
    }

    static void PackRow(byte* levels, int count, int bits, byte* target)
    {
        for (int i = 0; i < count; i += 16)
        {
            KvPageLayout.Pack(levels + i, bits, target + i * bits / 8);
        }
    }

    static void Widen(ushort* halves, int count, float* x)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            HalfBits.ToSingle16((byte*)(halves + i), x + i);
        }
        for (; i < count; i++)
        {
            x[i] = HalfBits.ToSingle(halves[i]);
        }
    }

    /// <summary>Levels of 32 values, and their scale and minimum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Affine(float* x, int bits, byte* levels, ushort* scale)
    {
        Vector256<float> low = Vector256.Load(x), high = low;
        for (int i = 8; i < Group; i += 8)
        {
            (low, high) = (Vector256.Min(low, Vector256.Load(x + i)), Vector256.Max(high, Vector256.Load(x + i)));
        }
        float minimum = low[0], maximum = high[0];
        for (int i = 1; i < 8; i++)
        {
            (minimum, maximum) = (MathF.Min(minimum, low[i]), MathF.Max(maximum, high[i]));
        }
        (float step, float zero) = Scale(minimum, maximum, bits, scale);
        Vector256<float> most = Vector256.Create((float)((1 << bits) - 1));
        for (int i = 0; i < Group; i += 8)
        {
            // A group of equal values has a scale of zero and only zeros.
            Vector256<float> level = step == 0 ? Vector256<float>.Zero : (Vector256.Load(x + i) - Vector256.Create(zero)) / Vector256.Create(step);
            Vector256<int> whole = Vector256.ConvertToInt32(Vector256.Min(Vector256.Max(Vector256.Round(level), Vector256<float>.Zero), most));
            Vector128<short> narrow = Vector128.Narrow(whole.GetLower(), whole.GetUpper());
            *(ulong*)(levels + i) = Vector128.Narrow(narrow.AsUInt16(), narrow.AsUInt16()).AsUInt64()[0];
        }
    }

    /// <summary><see cref="Affine"/> in plain code, which it is held against.</summary>
    internal static void AffineReference(float* x, int bits, byte* levels, ushort* scale)
    {
        float minimum = x[0], maximum = x[0];
        for (int i = 1; i < Group; i++)
        {
            (minimum, maximum) = (MathF.Min(minimum, x[i]), MathF.Max(maximum, x[i]));
        }
        (float step, float zero) = Scale(minimum, maximum, bits, scale);
        for (int i = 0; i < Group; i++)
        {
            levels[i] = step == 0 ? (byte)0 : (byte)Math.Clamp(MathF.Round((x[i] - zero) / step), 0, (1 << bits) - 1);
        }
    }

    static (float Step, float Zero) Scale(float minimum, float maximum, int bits, ushort* scale)
    {
        scale[0] = BitConverter.HalfToUInt16Bits((Half)((maximum - minimum) / ((1 << bits) - 1)));
        scale[1] = BitConverter.HalfToUInt16Bits((Half)minimum);
        return (HalfBits.ToSingle(scale[0]), HalfBits.ToSingle(scale[1]));
    }
}
