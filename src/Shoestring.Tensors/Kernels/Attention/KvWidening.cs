using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shoestring.Tensors;

/// <summary>Reads sixteen levels of a width.</summary>
internal unsafe interface ILevels
{
    static abstract int Bits { get; }

    static abstract Vector128<byte> Load(byte* source);
}

internal unsafe struct Levels8 : ILevels
{
    public static int Bits => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(byte* source) => Vector128.Load(source);
}

internal unsafe struct Levels4 : ILevels
{
    const ulong Mask = 0x0F0F0F0F0F0F0F0F;

    public static int Bits => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(byte* source)
    {
        ulong packed = *(ulong*)source;
        return Vector128.Create(packed & Mask, (packed >> 4) & Mask).AsByte();
    }
}

internal unsafe struct Levels2 : ILevels
{
    const uint Mask = 0x03030303;

    public static int Bits => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(byte* source)
    {
        uint packed = *(uint*)source;
        return Vector128.Create(packed & Mask, (packed >> 2) & Mask, (packed >> 4) & Mask, (packed >> 6) & Mask).AsByte();
    }
}

/// <summary>
/// Widens a page of quantized keys and values to floats, sixteen lanes at a time: once for all queries of a chunk. The plain
/// version is <see cref="KvPageLayout.Key"/> and <see cref="KvPageLayout.Value"/>; both round alike.
/// </summary>
internal static unsafe class KvWidening<TLanes> where TLanes : struct, ILanes<TLanes>
{
    const int Page = KvStore.PagePositions;

    /// <param name="layout">The page's.</param>
    /// <param name="page">The head's page.</param>
    /// <param name="visible">Positions that are looked at, 1 … 64, from the first on.</param>
    /// <param name="singles">Keys <c>[channel][64]</c>, then values <c>[position][padded channel]</c>.</param>
    public static void Widen(in KvPageLayout layout, byte* page, int visible, float* singles)
    {
        switch (layout.Format)
        {
            case KvFormat.Q8_0:
                Symmetric<Levels8>(layout, page, visible, singles);
                break;
            case KvFormat.Q4_0:
                Symmetric<Levels4>(layout, page, visible, singles);
                break;
            case KvFormat.Kivi8:
                Affine<Levels8>(layout, page, visible, singles);
                break;
            case KvFormat.Kivi4:
                Affine<Levels4>(layout, page, visible, singles);
                break;
            default:
                Affine<Levels2>(layout, page, visible, singles);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Symmetric<TLevels>(in KvPageLayout layout, byte* page, int visible, float* singles) where TLevels : struct, ILevels
    {
        int bits = TLevels.Bits;
        TLanes middle = TLanes.Create(1 << (bits - 1));
        ushort* scales = (ushort*)(page + layout.KeyScales);
        for (int first = 0; first < visible; first += 16)
        {
            for (int c = 0; c < layout.Channels; c += KvFormats.GroupChannels)
            {
                TLanes scale = TLanes.LoadHalf(scales + c / KvFormats.GroupChannels * Page + first);
                int end = Math.Min(layout.Channels, c + KvFormats.GroupChannels);
                byte* levels = page + c * layout.KeyRow + first * bits / 8;
                for (int channel = c; channel < end; channel++, levels += layout.KeyRow)
                {
                    TLanes.Store(TLanes.Multiply(TLanes.Subtract(TLanes.FromBytes(TLevels.Load(levels)), middle), scale), singles + channel * Page + first);
                }
            }
        }
        singles += layout.Channels * Page;
        scales = (ushort*)(page + layout.ValueScales);
        for (int slot = 0; slot < visible; slot++, singles += layout.Padded)
        {
            byte* levels = page + layout.Values + slot * layout.ValueRow;
            for (int c = 0; c < layout.Padded; c += 16)
            {
                TLanes scale = TLanes.Create(HalfBits.ToSingle(scales[slot * layout.Groups + c / KvFormats.GroupChannels]));
                TLanes.Store(TLanes.Multiply(TLanes.Subtract(TLanes.FromBytes(TLevels.Load(levels + c * bits / 8)), middle), scale), singles + c);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Affine<TLevels>(in KvPageLayout layout, byte* page, int visible, float* singles) where TLevels : struct, ILevels
    {
        int bits = TLevels.Bits;
        ushort* scales = (ushort*)(page + layout.KeyScales);
        for (int c = 0; c < layout.Channels; c++)
        {
            byte* levels = page + c * layout.KeyRow;
            for (int first = 0; first < visible; first += KvFormats.GroupPositions)
            {
                ushort* pair = scales + 2 * (c * (Page / KvFormats.GroupPositions) + first / KvFormats.GroupPositions);
                TLanes scale = TLanes.Create(HalfBits.ToSingle(pair[0])), minimum = TLanes.Create(HalfBits.ToSingle(pair[1]));
                float* target = singles + c * Page + first;
                TLanes.Store(TLanes.MultiplyAdd(TLanes.FromBytes(TLevels.Load(levels + first * bits / 8)), scale, minimum), target);
                TLanes.Store(TLanes.MultiplyAdd(TLanes.FromBytes(TLevels.Load(levels + (first + 16) * bits / 8)), scale, minimum), target + 16);
            }
        }
        singles += layout.Channels * Page;
        scales = (ushort*)(page + layout.ValueScales);
        for (int slot = 0; slot < visible; slot++, singles += layout.Padded)
        {
            byte* levels = page + layout.Values + slot * layout.ValueRow;
            for (int c = 0; c < layout.Padded; c += 16)
            {
                ushort* pair = scales + 2 * (slot * layout.Groups + c / KvFormats.GroupChannels);
                TLanes scale = TLanes.Create(HalfBits.ToSingle(pair[0])), minimum = TLanes.Create(HalfBits.ToSingle(pair[1]));
                TLanes.Store(TLanes.MultiplyAdd(TLanes.FromBytes(TLevels.Load(levels + c * bits / 8)), scale, minimum), singles + c);
            }
        }
    }
}
