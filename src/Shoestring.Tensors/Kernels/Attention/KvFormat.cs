namespace Shoestring.Tensors;

/// <summary>How keys and values are kept.</summary>
public enum KvFormat
{
    /// <summary>32-bit floats.</summary>
    F32,

    /// <summary>16-bit floats.</summary>
    F16,

    /// <summary>llama.cpp's q8_0: 32 channels of one position share an F16 scale, levels −127 … 127, no zero point.</summary>
    Q8_0,

    /// <summary>llama.cpp's q4_0: 32 channels of one position share an F16 scale, levels −8 … 7, no zero point.</summary>
    Q4_0,

    /// <summary><see cref="Kivi2"/> with 8 bits.</summary>
    Kivi8,

    /// <summary><see cref="Kivi2"/> with 4 bits.</summary>
    Kivi4,

    /// <summary>
    /// KIVI (Liu et al., arXiv 2402.02750, §3): 2 bits with scale and minimum, both F16. Keys share them by channel, 32 positions
    /// together, since some channels of keys are large at every position; values by position, 32 channels together. The latest
    /// positions stay in F16 (<see cref="KvFormats.ResidualPages"/>).
    /// </summary>
    Kivi2,
}

/// <summary>What follows from a format's name.</summary>
public static class KvFormats
{
    /// <summary>Channels of one position that share a scale: llama.cpp's block and KIVI's group size.</summary>
    public const int GroupChannels = 32;

    /// <summary>Positions of one channel of keys that share a scale in KIVI's formats: its group size (arXiv 2402.02750, §4.1).</summary>
    public const int GroupPositions = 32;

    /// <summary>
    /// Pages before a row's own that it still sees in F16 in KIVI's formats. With 64 positions to a page a row sees its latest
    /// 65 … 128 positions unquantized; the paper's residual of 128 leaves 0 … 127 keys and 128 values so.
    /// </summary>
    public const int ResidualPages = 1;

    /// <summary>
    /// Pages that are kept in F16: a row's own, the residual, and one more, so that 64 positions can always be rolled back.
    /// </summary>
    public const int RecentPages = ResidualPages + 2;

    /// <summary>The names that users know: f32, f16, q8_0, q4_0, kivi8, kivi4, kivi2.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<KvFormat>().Select(Name)];

    /// <summary>The name that users know.</summary>
    public static string Name(this KvFormat format) => format.ToString().ToLowerInvariant();

    /// <summary>The format of a name, upper or lower case.</summary>
    public static bool TryParse(string name, out KvFormat format)
    {
        format = Array.Find(Enum.GetValues<KvFormat>(), f => string.Equals(f.Name(), name, StringComparison.OrdinalIgnoreCase));
        return string.Equals(format.Name(), name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether keys are quantized by channel and the latest positions not at all.</summary>
    public static bool IsKivi(this KvFormat format) => format >= KvFormat.Kivi8;

    /// <summary>Bits of an element, without its share of scales.</summary>
    public static int Bits(this KvFormat format) => format switch
    {
        KvFormat.F32 => 32,
        KvFormat.F16 => 16,
        KvFormat.Q8_0 or KvFormat.Kivi8 => 8,
        KvFormat.Q4_0 or KvFormat.Kivi4 => 4,
        _ => 2,
    };
}
