namespace Shoestring.Tensors;

/// <summary>The bytes of one file of a model: read by position, or seen through a mapping.</summary>
abstract class ByteSource(string name, long length) : IDisposable
{
    /// <summary>What messages call this source: its path.</summary>
    public string Name { get; } = name;

    /// <summary>Number of bytes.</summary>
    public long Length { get; } = length;

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        CheckRange(offset, destination.Length);
        ReadCore(offset, destination);
    }

    /// <summary>A view that stays valid until the source is disposed.</summary>
    public ReadOnlySpan<byte> Map(long offset, int length)
    {
        CheckRange(offset, length);
        return MapCore(offset, length);
    }

    /// <summary>
    /// Hands the first <paramref name="length"/> bytes to <paramref name="parse"/> without keeping their pages resident
    /// afterwards.
    /// </summary>
    public abstract T ParseStart<T>(int length, Func<ReadOnlySpan<byte>, T> parse);

    /// <summary>The first <paramref name="length"/> bytes as memory that may outlive the source.</summary>
    public abstract ReadOnlyMemory<byte> KeepStart(int length);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Reads within checked bounds.</summary>
    protected abstract void ReadCore(long offset, Span<byte> destination);

    /// <summary>Maps within checked bounds.</summary>
    protected abstract ReadOnlySpan<byte> MapCore(long offset, int length);

    void CheckRange(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw new ModelFileException(
                $"bytes {offset} to {offset + length} were asked for and it has {Length}", Name, "fetch the file again");
        }
    }
}
