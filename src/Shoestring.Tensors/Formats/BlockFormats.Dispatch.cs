using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

public static partial class BlockFormats
{
    /// <summary>Decodes whole blocks of <paramref name="format"/>.</summary>
    /// <param name="format">The format.</param>
    /// <param name="bytes">The blocks as a file holds them, in order.</param>
    /// <param name="values">Receives exactly the blocks' elements.</param>
    /// <exception cref="ArgumentException">The lengths are not those of the same whole blocks.</exception>
    public static void Decode(this TensorFormat format, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (format)
        {
            case TensorFormat.F32: Decode<BlockF32>(bytes, values); break;
            case TensorFormat.F16: Decode<BlockF16>(bytes, values); break;
            case TensorFormat.BF16: Decode<BlockBF16>(bytes, values); break;
            case TensorFormat.Q4_0: Decode<BlockQ4_0>(bytes, values); break;
            case TensorFormat.Q4_1: Decode<BlockQ4_1>(bytes, values); break;
            case TensorFormat.Q5_0: Decode<BlockQ5_0>(bytes, values); break;
            case TensorFormat.Q5_1: Decode<BlockQ5_1>(bytes, values); break;
            case TensorFormat.Q8_0: Decode<BlockQ8_0>(bytes, values); break;
            case TensorFormat.Q2_K: Decode<BlockQ2_K>(bytes, values); break;
            case TensorFormat.Q3_K: Decode<BlockQ3_K>(bytes, values); break;
            case TensorFormat.Q4_K: Decode<BlockQ4_K>(bytes, values); break;
            case TensorFormat.Q5_K: Decode<BlockQ5_K>(bytes, values); break;
            case TensorFormat.Q6_K: Decode<BlockQ6_K>(bytes, values); break;
            case TensorFormat.IQ2_XXS: Decode<BlockIQ2_XXS>(bytes, values); break;
            case TensorFormat.IQ4_NL: Decode<BlockIQ4_NL>(bytes, values); break;
            case TensorFormat.S24_8: Decode<BlockS24_8>(bytes, values); break;
            case TensorFormat.S24_4: Decode<BlockS24_4>(bytes, values); break;
            case TensorFormat.NF4: Decode<BlockNF4>(bytes, values); break;
            default: throw new ArgumentOutOfRangeException(nameof(format), format, "not a known tensor format");
        }
    }

    /// <summary>
    /// Encodes whole blocks of <paramref name="format"/>, bytes as llama.cpp writes them without an importance matrix. A
    /// block with a NaN or an infinity gets arbitrary contents, never an exception (<see cref="BlockF32"/> and
    /// <see cref="BlockBF16"/> keep it, <see cref="BlockF16"/> too): callers that must know check first.
    /// </summary>
    /// <param name="format">The format.</param>
    /// <param name="values">The values.</param>
    /// <param name="bytes">Receives exactly the values' blocks.</param>
    /// <exception cref="ArgumentException">The lengths are not those of the same whole blocks.</exception>
    /// <exception cref="NotSupportedException">The format is for reading only.</exception>
    public static void Encode(this TensorFormat format, ReadOnlySpan<float> values, Span<byte> bytes)
    {
        switch (format)
        {
            case TensorFormat.F32: Encode<BlockF32>(values, bytes); break;
            case TensorFormat.F16: Encode<BlockF16>(values, bytes); break;
            case TensorFormat.BF16: Encode<BlockBF16>(values, bytes); break;
            case TensorFormat.Q4_0: Encode<BlockQ4_0>(values, bytes); break;
            case TensorFormat.Q4_1: Encode<BlockQ4_1>(values, bytes); break;
            case TensorFormat.Q5_0: Encode<BlockQ5_0>(values, bytes); break;
            case TensorFormat.Q5_1: Encode<BlockQ5_1>(values, bytes); break;
            case TensorFormat.Q8_0: Encode<BlockQ8_0>(values, bytes); break;
            case TensorFormat.Q2_K: Encode<BlockQ2_K>(values, bytes); break;
            case TensorFormat.Q3_K: Encode<BlockQ3_K>(values, bytes); break;
            case TensorFormat.Q4_K: Encode<BlockQ4_K>(values, bytes); break;
            case TensorFormat.Q5_K: Encode<BlockQ5_K>(values, bytes); break;
            case TensorFormat.Q6_K: Encode<BlockQ6_K>(values, bytes); break;
            case TensorFormat.IQ4_NL: Encode<BlockIQ4_NL>(values, bytes); break;
            case TensorFormat.S24_8: Encode<BlockS24_8>(values, bytes); break;
            case TensorFormat.S24_4: Encode<BlockS24_4>(values, bytes); break;
            case TensorFormat.NF4: Encode<BlockNF4>(values, bytes); break;
            default: throw new NotSupportedException($"{format.Name()} is read but not written");
        }
    }

    /// <summary>Whether <see cref="Encode"/> writes <paramref name="format"/>.</summary>
    public static bool CanEncode(this TensorFormat format) => format.IsKnown() && format != TensorFormat.IQ2_XXS;

    static void Decode<T>(ReadOnlySpan<byte> bytes, Span<float> values)
        where T : unmanaged, IBlockFormat<T>
    {
        CheckLengths<T>(bytes.Length, values.Length);
        T.Decode(MemoryMarshal.Cast<byte, T>(bytes), values);
    }

    static void Encode<T>(ReadOnlySpan<float> values, Span<byte> bytes)
        where T : unmanaged, IEncodableBlockFormat<T>
    {
        CheckLengths<T>(bytes.Length, values.Length);
        T.Encode(values, MemoryMarshal.Cast<byte, T>(bytes));
    }

    static void CheckLengths<T>(int bytes, int values)
        where T : unmanaged, IBlockFormat<T>
    {
        var blocks = bytes / Unsafe.SizeOf<T>();
        if (bytes % Unsafe.SizeOf<T>() != 0 || (long)blocks * T.Elements != values)
        {
            throw new ArgumentException(
                $"{T.Format.Name()} keeps {T.Elements} elements in {Unsafe.SizeOf<T>()} bytes: {bytes} bytes and {values} elements do not match");
        }
    }
}
