using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>
/// How a format's rows lie in memory for the kernels. Sixteen rows (output channels) form a group; within it each field
/// of the format's block has a plane of its own, and in a plane the rows' units alternate:
/// <c>[block][unit of the field][row of 16][byte of the unit]</c>. Vector lanes are then rows, so a product needs no
/// horizontal sums and each row has one order of summation whatever the vector width. It is a permutation of the file's
/// bytes (plus padding to whole groups and cache lines).
/// </summary>
public sealed class PackedLayout
{
    /// <summary>Rows in a group.</summary>
    public const int GroupRows = 16;

    /// <summary>One field of a block: where it is in the file's block, and what unit of it stays together.</summary>
    /// <param name="Offset">First byte within the block.</param>
    /// <param name="Length">Bytes.</param>
    /// <param name="Unit">Bytes that stay together: 4 where four elements feed one 32-bit lane, 2 for halves, 1 for scales.</param>
    public readonly record struct Field(int Offset, int Length, int Unit);

    /// <summary>The layout of rows of <paramref name="columns"/> elements in <paramref name="format"/>.</summary>
    /// <exception cref="ArgumentException">The columns are not whole blocks.</exception>
    public PackedLayout(TensorFormat format, int columns)
    {
        if (columns <= 0 || columns % format.BlockElements() != 0)
        {
            throw new ArgumentException($"{columns} columns are not whole blocks of {format} ({format.BlockElements()})", nameof(columns));
        }
        Format = format;
        Columns = columns;
        Blocks = columns / format.BlockElements();
        Fields = FieldsOf(format);
        RowBytes = format.RowBytes(columns);
        GroupBytes = (RowBytes * GroupRows + 63) / 64 * 64;
        PlaneOffsets = new long[Fields.Length];
        for (int f = 1; f < Fields.Length; f++)
        {
            PlaneOffsets[f] = PlaneOffsets[f - 1] + (long)Fields[f - 1].Length * GroupRows * Blocks;
        }
    }

    /// <summary>The format.</summary>
    public TensorFormat Format { get; }

    /// <summary>Elements of a row.</summary>
    public int Columns { get; }

    /// <summary>Blocks of a row.</summary>
    public int Blocks { get; }

    /// <summary>Bytes of a row in the file.</summary>
    public long RowBytes { get; }

    /// <summary>Bytes from one group to the next.</summary>
    public long GroupBytes { get; }

    /// <summary>The block's fields in the order of their planes.</summary>
    public Field[] Fields { get; }

    /// <summary>Where each plane begins within a group.</summary>
    public long[] PlaneOffsets { get; }

    /// <summary>The fields of a format's block (offsets as in the block structs), longest plane first for alignment.</summary>
    static Field[] FieldsOf(TensorFormat format) => format switch
    {
        TensorFormat.F32 => [new(0, 4, 4)],
        TensorFormat.F16 or TensorFormat.BF16 => [new(0, 2, 2)],
        TensorFormat.Q4_0 or TensorFormat.IQ4_NL => [new(2, 16, 4), new(0, 2, 2)],
        TensorFormat.Q4_1 => [new(4, 16, 4), new(0, 2, 2), new(2, 2, 2)],
        TensorFormat.Q5_0 => [new(6, 16, 4), new(2, 4, 4), new(0, 2, 2)],
        TensorFormat.Q5_1 => [new(8, 16, 4), new(4, 4, 4), new(0, 2, 2), new(2, 2, 2)],
        TensorFormat.Q8_0 => [new(2, 32, 4), new(0, 2, 2)],
        TensorFormat.Q2_K => [new(16, 64, 4), new(0, 16, 1), new(80, 2, 2), new(82, 2, 2)],
        TensorFormat.Q3_K => [new(32, 64, 4), new(0, 32, 4), new(96, 12, 1), new(108, 2, 2)],
        TensorFormat.Q4_K => [new(16, 128, 4), new(4, 12, 1), new(0, 2, 2), new(2, 2, 2)],
        TensorFormat.Q5_K => [new(48, 128, 4), new(16, 32, 4), new(4, 12, 1), new(0, 2, 2), new(2, 2, 2)],
        TensorFormat.Q6_K => [new(0, 128, 4), new(128, 64, 4), new(192, 16, 1), new(208, 2, 2)],
        TensorFormat.IQ2_XXS => [new(2, 64, 4), new(0, 2, 2)],
        TensorFormat.S24_8 => [new(2, 16, 4), new(18, 4, 4), new(0, 2, 2)],
        TensorFormat.S24_4 => [new(2, 8, 4), new(10, 4, 4), new(0, 2, 2)],
        // One plane: a float decoder sees a group alone, not where its planes begin.
        TensorFormat.NF4 => [new(0, 134, 2)],
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "not a known tensor format"),
    };

    /// <summary>
    /// Asks for the bytes of one tile of 256 channels of a group. While a tile is multiplied with many rows, the memory is
    /// idle and the hardware's own prefetching has lost the thread: the next tile would come with full latency.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal unsafe void Prefetch(byte* group, int tile)
    {
        if (!Sse.IsSupported)
        {
            return;
        }
        int blocks = Math.Max(1, Tile.Channels / Format.BlockElements());
        for (int f = 0; f < Fields.Length; f++)
        {
            int bytes = Fields[f].Length * GroupRows * blocks;
            byte* start = group + PlaneOffsets[f] + (long)tile * bytes;
            for (int i = 0; i < bytes; i += 64)
            {
                Sse.Prefetch1(start + i);
            }
        }
    }

    /// <summary>Moves 16 rows in file order into a group. <paramref name="rows"/>: 16 × <see cref="RowBytes"/> bytes.</summary>
    internal unsafe void Pack(byte* rows, byte* group)
    {
        for (int f = 0; f < Fields.Length; f++)
        {
            Field field = Fields[f];
            byte* plane = group + PlaneOffsets[f];
            switch (field.Unit)
            {
                case 4:
                    Transpose((uint*)plane, rows, field, toPlane: true);
                    break;
                case 2:
                    Transpose((ushort*)plane, rows, field, toPlane: true);
                    break;
                default:
                    Transpose(plane, rows, field, toPlane: true);
                    break;
            }
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    internal unsafe void Unpack(byte* group, byte* rows)
    {
        for (int f = 0; f < Fields.Length; f++)
        {
            Field field = Fields[f];
            byte* plane = group + PlaneOffsets[f];
            switch (field.Unit)
            {
                case 4:
                    Transpose((uint*)plane, rows, field, toPlane: false);
                    break;
                case 2:
                    Transpose((ushort*)plane, rows, field, toPlane: false);
                    break;
                default:
                    Transpose(plane, rows, field, toPlane: false);
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    unsafe void Transpose<T>(T* plane, byte* rows, Field field, bool toPlane) where T : unmanaged
    {
        int units = field.Length / sizeof(T);
        int blockBytes = Format.BlockBytes();
        for (int b = 0; b < Blocks; b++)
        {
            byte* block = rows + (long)b * blockBytes + field.Offset;
            for (int u = 0; u < units; u++, plane += GroupRows)
            {
                byte* source = block + u * sizeof(T);
                for (int r = 0; r < GroupRows; r++, source += RowBytes)
                {
                    if (toPlane)
                    {
                        plane[r] = Unsafe.ReadUnaligned<T>(source);
                    }
                    else
                    {
                        Unsafe.WriteUnaligned(source, plane[r]);
                    }
                }
            }
        }
    }

    /// <summary>Copies one row out of a group in file order. <paramref name="row"/>: 0 … 15 within the group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal unsafe void UnpackRow(byte* group, int row, byte* destination)
    {
        int blockBytes = Format.BlockBytes();
        for (int f = 0; f < Fields.Length; f++)
        {
            Field field = Fields[f];
            int units = field.Length / field.Unit;
            byte* source = group + PlaneOffsets[f] + row * field.Unit;
            for (int b = 0; b < Blocks; b++)
            {
                byte* target = destination + (long)b * blockBytes + field.Offset;
                for (int u = 0; u < units; u++, source += GroupRows * field.Unit, target += field.Unit)
                {
                    switch (field.Unit)
                    {
                        case 4:
                            Unsafe.WriteUnaligned(target, *(uint*)source);
                            break;
                        case 2:
                            Unsafe.WriteUnaligned(target, *(ushort*)source);
                            break;
                        default:
                            *target = *source;
                            break;
                    }
                }
            }
        }
    }
}
