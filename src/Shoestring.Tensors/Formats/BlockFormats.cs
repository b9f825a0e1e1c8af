namespace Shoestring.Tensors;

/// <summary>
/// What the rest of the engine asks of a format at run time, dispatched to the format's own struct.
/// </summary>
public static partial class BlockFormats
{
    /// <summary>Elements in one block of <paramref name="format"/>: 1 for F32, F16 and BF16, 32 or 256 for the quantized ones.</summary>
    public static int BlockElements(this TensorFormat format) => format switch
    {
        TensorFormat.F32 or TensorFormat.F16 or TensorFormat.BF16 or CodedTensor.Stored => 1,
        TensorFormat.Q4_0 or TensorFormat.Q4_1 or TensorFormat.Q5_0 or TensorFormat.Q5_1 or TensorFormat.Q8_0 or TensorFormat.IQ4_NL
            or TensorFormat.S24_8 or TensorFormat.S24_4 => 32,
        TensorFormat.Q2_K or TensorFormat.Q3_K or TensorFormat.Q4_K or TensorFormat.Q5_K or TensorFormat.Q6_K or TensorFormat.IQ2_XXS
            or TensorFormat.NF4 => 256,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "not a known tensor format"),
    };

    /// <summary>Bytes of one block of <paramref name="format"/>.</summary>
    public static int BlockBytes(this TensorFormat format) => format switch
    {
        TensorFormat.F32 => 4,
        CodedTensor.Stored => 1,
        TensorFormat.F16 or TensorFormat.BF16 => 2,
        TensorFormat.Q4_0 or TensorFormat.IQ4_NL => 18,
        TensorFormat.Q4_1 => 20,
        TensorFormat.Q5_0 => 22,
        TensorFormat.Q5_1 => 24,
        TensorFormat.Q8_0 => 34,
        TensorFormat.Q2_K => 84,
        TensorFormat.Q3_K => 110,
        TensorFormat.Q4_K => 144,
        TensorFormat.Q5_K => 176,
        TensorFormat.Q6_K => 210,
        TensorFormat.IQ2_XXS => 66,
        TensorFormat.S24_8 => 22,
        TensorFormat.S24_4 => 14,
        TensorFormat.NF4 => 134,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "not a known tensor format"),
    };

    /// <summary>Whether <paramref name="format"/> is one of those that this build reads.</summary>
    public static bool IsKnown(this TensorFormat format) => Enum.IsDefined(format);

    /// <summary>Whether <paramref name="format"/> is one of ggml's, which other programs read too.</summary>
    public static bool IsOfGgml(this TensorFormat format) => format < FirstOwn;

    /// <summary>Whether <paramref name="format"/> keeps at most two of every four neighbouring weights.</summary>
    public static bool IsSparse(this TensorFormat format) => format is TensorFormat.S24_8 or TensorFormat.S24_4;

    /// <summary>Whether products with <paramref name="format"/> are of floats: its values are no multiples of whole numbers. Others are multiplied by activations of 8 bits.</summary>
    public static bool MultipliesFloats(this TensorFormat format) => format.BlockElements() == 1 || format == TensorFormat.NF4;

    /// <summary>The format that stores a kept weight alike, and the others too: the format itself where it is not sparse.</summary>
    public static TensorFormat Dense(this TensorFormat format) => format switch
    {
        TensorFormat.S24_8 => TensorFormat.Q8_0,
        TensorFormat.S24_4 => TensorFormat.Q4_0,
        _ => format,
    };

    /// <summary>A place in tables by format, below <see cref="Slots"/>: the formats' numbers are too far apart.</summary>
    internal static int Slot(this TensorFormat format) => format.IsOfGgml() ? (int)format : GgmlSlots + (int)(format - FirstOwn);

    /// <summary>Places of a table by format.</summary>
    internal const int Slots = GgmlSlots + 3;

    const int GgmlSlots = (int)TensorFormat.BF16 + 1;

    const TensorFormat FirstOwn = TensorFormat.S24_8;

    /// <summary>Bytes of one row of <paramref name="columns"/> elements, which must be a multiple of the block.</summary>
    public static long RowBytes(this TensorFormat format, long columns) =>
        columns / format.BlockElements() * format.BlockBytes();

    /// <summary>Bytes of a whole tensor.</summary>
    public static long TensorBytes(this TensorFormat format, TensorShape shape) =>
        checked(format.RowBytes(shape.Columns) * (shape.Elements / Math.Max(1, shape.Columns)));
}
