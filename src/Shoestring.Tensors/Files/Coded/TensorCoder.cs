using System.Buffers.Binary;

namespace Shoestring.Tensors;

/// <summary>
/// Codes a tensor by the frequencies of its bytes, each class of a format's bytes (<see cref="ByteClasses"/>) by a table of its own;
/// classes that gain nothing stay as they are. The tensor is cut into chunks of at most 64 kB before coding, so that it is coded and
/// decoded in parallel with bounded memory. A stream, all numbers little-endian:
/// <code>
/// "SEC1", format u32, four extents u64, bytes of a chunk u32, classes u32
/// per class: 0 (as it is), or 1, which bytes occur (256 bits), their frequencies u16
/// per chunk: coded bytes u32
/// per chunk: per class: the bytes as they are, or a stream of RansCoder
/// </code>
/// </summary>
public sealed class TensorCoder
{
    // Chunks read together: 4 MB before coding.
    const int Together = 64;

    readonly ModelFile file;
    readonly TensorEntry tensor;
    readonly WorkerPool pool;
    readonly CancellationToken cancellation;
    readonly int[][] classes;
    readonly FrequencyTable?[] tables;
    readonly int chunkBytes;
    readonly int[] sizes;

    TensorCoder(ModelFile file, TensorEntry tensor, WorkerPool pool, CancellationToken cancellation)
    {
        (this.file, this.tensor, this.pool, this.cancellation) = (file, tensor, pool, cancellation);
        classes = ByteClasses.Of(tensor.Format);
        tables = new FrequencyTable?[classes.Length];
        chunkBytes = CodedTensor.MostChunkBytes / tensor.Format.BlockBytes() * tensor.Format.BlockBytes();
        sizes = new int[(tensor.Bytes + chunkBytes - 1) / chunkBytes];
    }

    /// <summary>Bytes of the stream.</summary>
    public long Bytes => HeaderBytes + sizes.Sum(size => (long)size);

    /// <summary>The stream as a tensor of a GGUF file.</summary>
    public TensorDeclaration Declaration => new(tensor.Name, new TensorShape(Bytes), CodedTensor.Stored);

    int HeaderBytes => CodedTensor.FixedBytes + tables.Sum(table => 1 + (table?.Bytes ?? 0)) + 4 * sizes.Length;

    /// <summary>Looks at a tensor and decides how to code it.</summary>
    /// <param name="file">The model.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="pool">The threads; results do not depend on their number.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The coder, or null where coding does not make the tensor smaller.</returns>
    /// <exception cref="ModelFileException">The file ended early.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TensorCoder? Plan(ModelFile file, TensorEntry tensor, WorkerPool pool, CancellationToken cancellation = default)
    {
        var coder = new TensorCoder(file, tensor, pool, cancellation);
        coder.Choose();
        if (Array.TrueForAll(coder.tables, table => table is null))
        {
            return null;
        }

        coder.Encode(static _ => { });
        return coder.Bytes < tensor.Bytes ? coder : null;
    }

    /// <summary>Hands on the stream's bytes, in pieces.</summary>
    public void Write(Action<ReadOnlySpan<byte>> write)
    {
        write(Header());
        Encode(piece => write(piece));
    }

    /// <summary>Bytes that coding is expected to leave of a tensor, from a sample of it: the sample's entropy, class by class.</summary>
    /// <param name="format">The format.</param>
    /// <param name="sample">Whole blocks.</param>
    /// <param name="bytes">Bytes of the tensor.</param>
    public static long Estimate(TensorFormat format, ReadOnlySpan<byte> sample, long bytes)
    {
        var classes = ByteClasses.Of(format);
        var counts = new long[256 * classes.Length];
        Count(sample, format.BlockBytes(), classes, counts);
        double share = (double)bytes / Math.Max(1, sample.Length), coded = CodedTensor.FixedBytes;
        var chunks = (bytes + CodedTensor.MostChunkBytes - 1) / CodedTensor.MostChunkBytes;
        for (var c = 0; c < classes.Length; c++)
        {
            double raw = share * sample.Length / format.BlockBytes() * classes[c].Length;
            ReadOnlySpan<long> own = counts.AsSpan(256 * c, 256);
            coded += sample.Length == 0 ? raw : Math.Min(raw, Coded(own, FrequencyTable.Of(own), chunks, share));
        }

        return Math.Min(bytes, (long)coded + 4 * chunks);
    }

    static double Coded(ReadOnlySpan<long> counts, FrequencyTable table, long chunks, double share = 1) =>
        share * table.Cost(counts) / 8 + table.Bytes + chunks * RansCoder.LeastBytes;

    static void Count(ReadOnlySpan<byte> blocks, int blockBytes, int[][] classes, Span<long> counts)
    {
        for (var c = 0; c < classes.Length; c++)
        {
            var own = counts.Slice(256 * c, 256);
            for (var block = 0; block < blocks.Length; block += blockBytes)
            {
                foreach (var place in classes[c])
                {
                    own[blocks[block + place]]++;
                }
            }
        }
    }

    void Choose()
    {
        var counting = new Counting(this, pool.Threads);
        Each(counting, static (_, _) => { });
        for (var c = 0; c < classes.Length; c++)
        {
            var counts = counting.Of(c);
            var table = FrequencyTable.Of(counts);
            var raw = tensor.Bytes / tensor.Format.BlockBytes() * classes[c].Length;
            tables[c] = Coded(counts, table, sizes.Length) < raw ? table : null;
        }
    }

    void Encode(Action<ReadOnlySpan<byte>> write)
    {
        var encoding = new Encoding(this);
        Each(encoding, (first, count) =>
        {
            for (var i = 0; i < count; i++)
            {
                sizes[first + i] = encoding.Sizes[i];
                write(encoding.Streams[i].AsSpan(0, encoding.Sizes[i]));
            }
        });
    }

    /// <summary>Runs work over the tensor, some chunks at a time, in order.</summary>
    void Each(ChunkWork work, Action<int, int> done)
    {
        for (var first = 0; first < sizes.Length; first += Together)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(Together, sizes.Length - first);
            work.Load(file, tensor, (long)first * chunkBytes, chunkBytes);
            pool.Run(work, count);
            done(first, count);
        }
    }

    byte[] Header()
    {
        var header = new byte[HeaderBytes];
        CodedTensor.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), (uint)tensor.Format);
        for (var i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(8 + 8 * i), tensor.Shape[i]);
        }

        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40), chunkBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(44), classes.Length);
        var rest = header.AsSpan(CodedTensor.FixedBytes);
        foreach (var table in tables)
        {
            rest[0] = (byte)(table is null ? 0 : 1);
            rest = table is null ? rest[1..] : table.Write(rest[1..]);
        }

        for (var i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest[(4 * i)..], sizes[i]);
        }

        return header;
    }

    /// <summary>Work on some chunks of a tensor that have been read.</summary>
    abstract class ChunkWork(TensorCoder coder) : ChunkedWork
    {
        readonly byte[] bytes = new byte[Math.Min(Together * (long)coder.chunkBytes, coder.tensor.Bytes)];
        int length;

        protected TensorCoder Coder => coder;

        internal void Load(ModelFile file, TensorEntry tensor, long offset, int chunkBytes)
        {
            length = (int)Math.Min((long)Together * chunkBytes, tensor.Bytes - offset);
            file.Read(tensor, offset, bytes.AsSpan(0, length));
        }

        protected ReadOnlySpan<byte> Chunk(int chunk) =>
            bytes.AsSpan(chunk * coder.chunkBytes, Math.Min(coder.chunkBytes, length - chunk * coder.chunkBytes));
    }

    sealed class Counting(TensorCoder coder, int threads) : ChunkWork(coder)
    {
        // A thread's own, since sums of whole numbers do not depend on who added what.
        readonly long[][] counts = [.. Enumerable.Range(0, threads).Select(_ => new long[256 * coder.classes.Length])];

        public override void Run(int chunk, int worker) => Count(Chunk(chunk), Coder.tensor.Format.BlockBytes(), Coder.classes, counts[worker]);

        internal long[] Of(int index)
        {
            var sum = new long[256];
            for (var symbol = 0; symbol < 256; symbol++)
            {
                sum[symbol] = counts.Sum(own => own[256 * index + symbol]);
            }

            return sum;
        }
    }

    sealed class Encoding(TensorCoder coder) : ChunkWork(coder)
    {
        internal byte[][] Streams { get; } = new byte[Together][];

        internal int[] Sizes { get; } = new int[Together];

        public override void Run(int chunk, int worker)
        {
            var blocks = Chunk(chunk);
            var blockBytes = Coder.tensor.Format.BlockBytes();
            var stream = Streams[chunk] ??= new byte[RansCoder.MostBytes(CodedTensor.MostChunkBytes) + ByteClasses.Most * RansCoder.LeastBytes];
            Span<byte> together = new byte[blocks.Length];
            var at = 0;
            for (var c = 0; c < Coder.classes.Length; c++)
            {
                var own = together[..(blocks.Length / blockBytes * Coder.classes[c].Length)];
                ByteClasses.Gather(blocks, blockBytes, Coder.classes[c], own);
                if (Coder.tables[c] is { } table)
                {
                    at += RansCoder.Encode(own, table, stream.AsSpan(at));
                }
                else
                {
                    own.CopyTo(stream.AsSpan(at));
                    at += own.Length;
                }
            }

            Sizes[chunk] = at;
        }
    }
}
