using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// The numbers of a parameter or of its gradient in the order in which they lie in memory. A matrix of a packed layout shows its
/// padding too, which is zero and stays zero. Numbers of 16 bits are widened for a piece of work and rounded back after it.
/// </summary>
public readonly struct FlatValues
{
    readonly NativeBuffer? buffer;
    readonly PackedMatrix? matrix;
    readonly Parameter? vector;
    readonly bool isGradient;
    readonly long offset;

    /// <summary>Numbers in a buffer.</summary>
    /// <param name="buffer">The memory.</param>
    /// <param name="offset">Byte offset of the first.</param>
    /// <param name="count">How many.</param>
    /// <param name="format">How each is kept: <see cref="StateFormat.Float32"/> or <see cref="StateFormat.BFloat16"/>.</param>
    /// <exception cref="ArgumentException">Another format, or the numbers do not lie within the buffer.</exception>
    public FlatValues(NativeBuffer buffer, long offset, long count, StateFormat format = StateFormat.Float32)
    {
        if (format is not (StateFormat.Float32 or StateFormat.BFloat16) || count < 0 || offset < 0 || offset > buffer.Bytes - (count * format.Bytes()))
        {
            throw new ArgumentException($"{count} numbers of {format} from byte {offset} in a buffer of {buffer.Bytes} bytes", nameof(format));
        }

        (this.buffer, this.offset, Count, Format) = (buffer, offset, count, format);
    }

    FlatValues(Parameter vector, bool isGradient) => (this.vector, this.isGradient, Count) = (vector, isGradient, vector.Columns);

    FlatValues(PackedMatrix matrix) => (this.matrix, Count) = (matrix, matrix.ValueCount);

    /// <summary>How many numbers.</summary>
    public long Count { get; }

    /// <summary>How each is kept.</summary>
    public StateFormat Format { get; }

    /// <summary>The numbers of a tensor of one row.</summary>
    /// <exception cref="ArgumentException">It has more rows.</exception>
    public static FlatValues Of(Tensor vector) => vector.Rows == 1
        ? new FlatValues(vector.Buffer, vector.Offset, vector.Columns)
        : throw new ArgumentException($"a vector has one row, this has {vector.Rows}", nameof(vector));

    /// <summary>The numbers of a matrix of 32-bit floats, padding included.</summary>
    /// <exception cref="ArgumentException">It has another format.</exception>
    public static FlatValues Of(PackedMatrix matrix) => matrix.Format == TensorFormat.F32
        ? new FlatValues(matrix)
        : throw new ArgumentException($"weights that learn are F32, these are {matrix.Format}", nameof(matrix));

    /// <summary>The numbers of a vector that learns.</summary>
    internal static FlatValues ValuesOf(Parameter vector) => new(vector, isGradient: false);

    /// <summary>The gradient of a vector that learns.</summary>
    internal static FlatValues GradientOf(Parameter vector) => new(vector, isGradient: true);

    /// <summary>A stretch of 32-bit numbers, in place.</summary>
    /// <exception cref="InvalidOperationException">The numbers have 16 bits.</exception>
    public Span<float> Span(long first, int count) => matrix is not null ? matrix.ValuesAt(first, count)
        : vector is not null ? (isGradient ? vector.Gradient : vector.Values).Slice((int)first, count)
        : Format == StateFormat.Float32 ? buffer!.Span<float>(offset + (first * sizeof(float)), count)
        : throw new InvalidOperationException("numbers of 16 bits have no 32-bit span");

    /// <summary>Bytes as they lie, in place.</summary>
    /// <param name="first">The first byte; a multiple of four.</param>
    /// <param name="count">How many; a multiple of four of a matrix.</param>
    internal Span<byte> Bytes(long first, int count) => buffer is not null
        ? buffer.Span<byte>(offset + first, count)
        : MemoryMarshal.AsBytes(Span(first / sizeof(float), count / sizeof(float)));

    /// <summary>A stretch to work on: in place where numbers have 32 bits, else widened into <paramref name="scratch"/>.</summary>
    /// <param name="first">The first number.</param>
    /// <param name="count">How many.</param>
    /// <param name="scratch">Room for as many.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Span<float> Open(long first, int count, Span<float> scratch)
    {
        if (Format == StateFormat.Float32)
        {
            return Span(first, count);
        }

        Span<float> wide = scratch[..count];
        BlockBF16.Decode(MemoryMarshal.Cast<ushort, BlockBF16>(Halves(first, count)), wide);
        return wide;
    }

    /// <summary>Keeps what <see cref="Open"/> gave, rounded by chance where numbers have 16 bits.</summary>
    internal void Close(long first, ReadOnlySpan<float> values, RoundingSeed seed)
    {
        if (Format == StateFormat.BFloat16)
        {
            StochasticRounding.ToBFloat16(values, Halves(first, values.Length), seed, first);
        }
    }

    Span<ushort> Halves(long first, int count) => buffer!.Span<ushort>(offset + (first * sizeof(ushort)), count);
}
