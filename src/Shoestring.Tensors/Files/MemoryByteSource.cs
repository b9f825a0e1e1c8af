using System.Buffers;

namespace Shoestring.Tensors;

/// <summary>A model that is already in memory: an embedded resource or a test's bytes.</summary>
sealed class MemoryByteSource(ReadOnlyMemory<byte> bytes, string name) : ByteSource(name, bytes.Length)
{
    /// <summary>Takes a stream's bytes: in place where the stream is over native memory (an embedded resource), else copied.</summary>
    public static unsafe MemoryByteSource From(Stream stream, string name)
    {
        if (stream is UnmanagedMemoryStream { Length: <= int.MaxValue } native)
        {
            native.Position = 0;
            return new MemoryByteSource(new NativeMemory(native.PositionPointer, (int)native.Length, native).Memory, name);
        }

        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return new MemoryByteSource(copy.GetBuffer().AsMemory(0, (int)copy.Length), name);
    }

    public override T ParseStart<T>(int length, Func<ReadOnlySpan<byte>, T> parse) => parse(bytes.Span[..length]);

    public override ReadOnlyMemory<byte> KeepStart(int length) => bytes[..length];

    public override void Dispose()
    {
    }

    protected override void ReadCore(long offset, Span<byte> destination) =>
        bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);

    protected override ReadOnlySpan<byte> MapCore(long offset, int length) => bytes.Span.Slice((int)offset, length);

    /// <summary>Native memory seen as <see cref="Memory{T}"/>; the owner is held so that it is not collected.</summary>
    sealed unsafe class NativeMemory(byte* start, int length, object owner) : MemoryManager<byte>
    {
        readonly object owner = owner;

        public override Span<byte> GetSpan() => new(start, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing) => GC.KeepAlive(owner);
    }
}
