namespace Shoestring.Tensors;

/// <summary>
/// How one head's page of 64 positions lies in memory. Floats: keys <c>[channel][position]</c>, values
/// <c>[position][channel, padded to 16]</c>. Quantized, the same as levels, each followed by its scales:
/// <list type="bullet">
/// <item>Q8_0, Q4_0: keys <c>[group of 32 channels][position]</c>, values <c>[position][group]</c>, one half each;
/// x = (level − 2^(bits−1)) · scale</item>
/// <item>KIVI: keys <c>[channel][group of 32 positions]</c>, values <c>[position][group of 32 channels]</c>, two halves each;
/// x = level · scale + minimum</item>
/// </list>
/// Sixteen neighbouring levels take 2 · bits bytes: byte j holds levels j, j + 2·bits, … from its lowest bits up, so that one
/// shift and mask makes a vector of them.
/// </summary>
internal readonly unsafe struct KvPageLayout
{
    const int Page = KvStore.PagePositions;

    public KvPageLayout(KvFormat format, int headChannels)
    {
        (Format, Channels, Bits) = (format, headChannels, format.Bits());
        Padded = (headChannels + 15) / 16 * 16;
        Groups = (headChannels + KvFormats.GroupChannels - 1) / KvFormats.GroupChannels;
        KeyRow = Page * Bits / 8;
        ValueRow = Padded * Bits / 8;
        KeyScales = headChannels * KeyRow;
        Values = KeyScales + sizeof(ushort) * (format.IsKivi() ? headChannels * 2 * (Page / KvFormats.GroupPositions) : IsQuantized ? Groups * Page : 0);
        ValueScales = Values + Page * ValueRow;
        Bytes = ValueScales + sizeof(ushort) * Page * (format.IsKivi() ? 2 * Groups : IsQuantized ? Groups : 0);
    }

    public KvFormat Format { get; }

    public int Channels { get; }

    public int Padded { get; }

    public int Bits { get; }

    /// <summary>Groups of 32 channels.</summary>
    public int Groups { get; }

    /// <summary>Bytes of one channel's keys.</summary>
    public int KeyRow { get; }

    /// <summary>Bytes of one position's values.</summary>
    public int ValueRow { get; }

    /// <summary>Byte offset of the keys' scales.</summary>
    public int KeyScales { get; }

    /// <summary>Byte offset of the values.</summary>
    public int Values { get; }

    /// <summary>Byte offset of the values' scales.</summary>
    public int ValueScales { get; }

    /// <summary>Bytes of the page.</summary>
    public int Bytes { get; }

    public bool IsQuantized => Format >= KvFormat.Q8_0;

    /// <summary>One key in plain code: what the vectors are held against.</summary>
    public float Key(byte* page, int channel, int slot)
    {
        byte* row = page + channel * KeyRow;
        ushort* scales = (ushort*)(page + KeyScales);
        return Format switch
        {
            KvFormat.F32 => ((float*)row)[slot],
            KvFormat.F16 => HalfBits.ToSingle(((ushort*)row)[slot]),
            _ when Format.IsKivi() => Affine(Level(row, slot), scales + 2 * (channel * (Page / KvFormats.GroupPositions) + slot / KvFormats.GroupPositions)),
            _ => Symmetric(Level(row, slot), scales[channel / KvFormats.GroupChannels * Page + slot]),
        };
    }

    /// <summary>One value in plain code.</summary>
    public float Value(byte* page, int channel, int slot)
    {
        byte* row = page + Values + slot * ValueRow;
        ushort* scales = (ushort*)(page + ValueScales);
        int group = slot * Groups + channel / KvFormats.GroupChannels;
        return Format switch
        {
            KvFormat.F32 => ((float*)row)[channel],
            KvFormat.F16 => HalfBits.ToSingle(((ushort*)row)[channel]),
            _ when Format.IsKivi() => Affine(Level(row, channel), scales + 2 * group),
            _ => Symmetric(Level(row, channel), scales[group]),
        };
    }

    float Symmetric(int level, ushort scale) => (level - (1 << (Bits - 1))) * HalfBits.ToSingle(scale);

    static float Affine(int level, ushort* scale) => MathF.FusedMultiplyAdd(level, HalfBits.ToSingle(scale[0]), HalfBits.ToSingle(scale[1]));

    int Level(byte* row, int index)
    {
        int width = 2 * Bits, within = index % 16;
        return (row[index / 16 * width + within % width] >> (within / width * Bits)) & ((1 << Bits) - 1);
    }

    /// <summary>Stores one level.</summary>
    public void Put(byte* row, int index, int level)
    {
        int width = 2 * Bits, within = index % 16, shift = within / width * Bits;
        byte* target = row + index / 16 * width + within % width;
        *target = (byte)((*target & ~(((1 << Bits) - 1) << shift)) | (level << shift));
    }

    /// <summary>Stores sixteen levels.</summary>
    public static void Pack(byte* levels, int bits, byte* target)
    {
        int width = 2 * bits;
        for (int j = 0; j < width; j++)
        {
            int packed = levels[j];
            for (int k = j + width, shift = bits; k < 16; k += width, shift += bits)
            {
                packed |= levels[k] << shift;
            }
            target[j] = (byte)packed;
        }
    }
}
