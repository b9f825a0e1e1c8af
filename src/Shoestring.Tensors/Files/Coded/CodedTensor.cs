using System.Buffers;
using System.Buffers.Binary;

namespace Shoestring.Tensors;

/// <summary>
/// A tensor whose bytes stand entropy-coded in its file (see <see cref="TensorCoder"/>) and come out as they were. Chunks can be
/// decoded one by one, by several threads at once.
/// </summary>
sealed class CodedTensor
{
    /// <summary>GGUF's own type for plain bytes, I8: what a coded tensor's stream is stored as.</summary>
    internal const TensorFormat Stored = (TensorFormat)24;

    /// <summary>Bytes of a chunk before coding, at most.</summary>
    internal const int MostChunkBytes = 1 << 16;

    /// <summary>Magic, format, four extents, bytes of a chunk, number of classes.</summary>
    internal const int FixedBytes = 4 + 4 + 32 + 4 + 4;

    const string Cure = "the file is damaged: fetch or write it again";

    readonly ByteSource file;
    readonly long data;
    readonly int chunkBytes;
    readonly int[][] classes;
    readonly FrequencyTable?[] tables;
    readonly long[] ends;

    CodedTensor(ByteSource file, TensorEntry entry, long data, int chunkBytes, int[][] classes, FrequencyTable?[] tables, long[] ends) =>
        (this.file, Entry, this.data, this.chunkBytes, this.classes, this.tables, this.ends) = (file, entry, data, chunkBytes, classes, tables, ends);

    /// <summary>What a stream begins with.</summary>
    internal static ReadOnlySpan<byte> Magic => "SEC1"u8;

    /// <summary>The tensor as readers see it: its own format and shape, and as many bytes as those have.</summary>
    internal TensorEntry Entry { get; }

    /// <summary>Reads a stream's header, of which nothing is believed before it is checked against the stream's length.</summary>
    /// <exception cref="ModelFileException">It is no such stream, or damaged.</exception>
    internal static CodedTensor Open(ByteSource file, TensorEntry stored)
    {
        var length = (int)Math.Min(stored.Bytes, FixedBytes + ByteClasses.Most * (1 + 32 + 512));
        var start = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            file.Read(stored.Offset, start.AsSpan(0, length));
            return new Header(file, stored).Parse(start.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(start);
        }
    }

    /// <summary>Decodes bytes [<paramref name="offset"/>, +length) of the tensor.</summary>
    /// <exception cref="ModelFileException">The stream is damaged.</exception>
    internal void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Entry.Bytes - destination.Length);
        byte[] stream = ArrayPool<byte>.Shared.Rent(2 * MostChunkBytes), chunk = ArrayPool<byte>.Shared.Rent(2 * MostChunkBytes);
        try
        {
            while (destination.Length > 0)
            {
                var index = offset / chunkBytes;
                var decoded = Decode((int)index, ref stream, chunk);
                var part = decoded[(int)(offset - index * chunkBytes)..];
                part = part[..Math.Min(part.Length, destination.Length)];
                part.CopyTo(destination);
                destination = destination[part.Length..];
                offset += part.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stream);
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    // A chunk's second half holds one class at a time.
    ReadOnlySpan<byte> Decode(int index, ref byte[] stream, byte[] chunk)
    {
        long first = index == 0 ? 0 : ends[index - 1];
        var length = (int)(ends[index] - first);
        if (stream.Length < length)
        {
            ArrayPool<byte>.Shared.Return(stream);
            stream = ArrayPool<byte>.Shared.Rent(length);
        }

        file.Read(data + first, stream.AsSpan(0, length));
        ReadOnlySpan<byte> rest = stream.AsSpan(0, length);
        var blocks = chunk.AsSpan(0, (int)Math.Min(chunkBytes, Entry.Bytes - (long)index * chunkBytes));
        var blockBytes = Entry.Format.BlockBytes();
        for (var c = 0; c < classes.Length; c++)
        {
            var together = chunk.AsSpan(MostChunkBytes, blocks.Length / blockBytes * classes[c].Length);
            if (!Class(ref rest, tables[c], together))
            {
                throw Damaged(file, Entry.Name, $"chunk {index} does not decode");
            }

            ByteClasses.Scatter(together, blockBytes, classes[c], blocks);
        }

        return rest.Length == 0 ? blocks : throw Damaged(file, Entry.Name, $"chunk {index} has {rest.Length} bytes too many");
    }

    static bool Class(ref ReadOnlySpan<byte> rest, FrequencyTable? table, Span<byte> together)
    {
        if (table is not null)
        {
            return RansCoder.Decode(ref rest, table.Slots, together);
        }

        if (rest.Length < together.Length)
        {
            return false;
        }

        rest[..together.Length].CopyTo(together);
        rest = rest[together.Length..];
        return true;
    }

    static ModelFileException Damaged(ByteSource file, string name, string what) => new($"coded tensor '{Printable.Text(name)}': {what}", file.Name, Cure);

    /// <summary>A header while it is read.</summary>
    readonly ref struct Header(ByteSource file, TensorEntry stored)
    {
        internal CodedTensor Parse(ReadOnlySpan<byte> start)
        {
            if (start.Length < FixedBytes || !start.StartsWith(Magic))
            {
                throw new ModelFileException($"tensor '{Printable.Text(stored.Name)}' has type 24 (I8) and is no coded tensor, so it is not read", file.Name,
                    $"re-quantize to one of {string.Join(", ", Enum.GetNames<TensorFormat>())}");
            }

            var format = (TensorFormat)BinaryPrimitives.ReadUInt32LittleEndian(start[4..]);
            var shape = new TensorShape(Extent(start[8..]), Extent(start[16..]), Extent(start[24..]), Extent(start[32..]));
            var chunk = BinaryPrimitives.ReadInt32LittleEndian(start[40..]);
            var bytes = format.IsKnown() ? TensorDirectory.Bytes(format, shape) : -1;
            if (bytes < 0 || chunk is <= 0 or > MostChunkBytes || chunk % format.BlockBytes() != 0)
            {
                throw Damaged(file, stored.Name, $"it cannot have shape {shape} in format {(uint)format} in chunks of {chunk} bytes");
            }

            var classes = ByteClasses.Of(format);
            var rest = start[FixedBytes..];
            var tables = BinaryPrimitives.ReadInt32LittleEndian(start[44..]) == classes.Length ? Tables(ref rest, classes.Length)
                : throw Damaged(file, stored.Name, $"its number of classes is not that of {format.Name()}");
            long at = start.Length - rest.Length, chunks = (bytes + chunk - 1) / chunk;
            var ends = Ends(at, chunks);
            return new CodedTensor(file, stored with { Shape = shape, Format = format, Bytes = bytes, CodedBytes = stored.Bytes }, stored.Offset + at + 4 * chunks, chunk, classes, tables, ends);
        }

        FrequencyTable?[] Tables(ref ReadOnlySpan<byte> rest, int classes)
        {
            var tables = new FrequencyTable?[classes];
            for (var c = 0; c < classes; c++)
            {
                var mode = rest.Length > 0 ? rest[0] : byte.MaxValue;
                rest = rest[Math.Min(1, rest.Length)..];
                tables[c] = mode == 1 ? FrequencyTable.Read(ref rest) : null;
                if (mode > 1 || (mode == 1 && tables[c] is null))
                {
                    throw Damaged(file, stored.Name, $"its table {c} is none");
                }
            }

            return tables;
        }

        /// <summary>Where each chunk ends, behind the sizes, whose number is believed once the stream has room for them.</summary>
        long[] Ends(long at, long chunks)
        {
            if (chunks > (stored.Bytes - at) / (4 + RansCoder.LeastBytes))
            {
                throw Damaged(file, stored.Name, $"{stored.Bytes} bytes cannot hold {chunks} chunks");
            }

            var sizes = new byte[4 * chunks];
            file.Read(stored.Offset + at, sizes);
            var ends = new long[chunks];
            for (var i = 0; i < ends.Length; i++)
            {
                ends[i] = (i == 0 ? 0 : ends[i - 1]) + BinaryPrimitives.ReadUInt32LittleEndian(sizes.AsSpan(4 * i));
            }

            var data = stored.Bytes - at - sizes.Length;
            return ends[^1] == data && Array.TrueForAll(ends, end => end <= data) && !HasLong(ends) ? ends
                : throw Damaged(file, stored.Name, "its chunks do not fill it");
        }

        // Longer than the coder ever makes one: it would be read whole before it is found to be damaged.
        static bool HasLong(long[] ends)
        {
            for (var i = 0; i < ends.Length; i++)
            {
                if (ends[i] - (i == 0 ? 0 : ends[i - 1]) > 2 * MostChunkBytes + ByteClasses.Most * RansCoder.LeastBytes)
                {
                    return true;
                }
            }

            return false;
        }

        static long Extent(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadInt64LittleEndian(source);
    }
}
