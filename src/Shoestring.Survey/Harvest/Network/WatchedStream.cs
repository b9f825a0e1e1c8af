namespace Shoestring.Survey;

/// <summary>A body as it comes off the wire: counted, and given up when over some time it comes slower than a drip.</summary>
sealed class WatchedStream(Stream inner, HarvestOptions options) : Stream
{
    readonly CancellationTokenSource slow = new(Timeout.InfiniteTimeSpan, options.Clock);
    long since = options.Clock.GetTimestamp();
    long bytesSince;

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => false;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        slow.CancelAfter(Left());
        using CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), slow);
        try
        {
            int read = await inner.ReadAsync(buffer, slow.Token).ConfigureAwait(false);
            Bytes += read;
            bytesSince += read;
            return read;
        }
        catch (Exception fault) when (slow.IsCancellationRequested && fault is OperationCanceledException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw TooSlow(fault);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            slow.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // What is left of the time that is watched; at its end the speed is judged and a new one begins.
    TimeSpan Left()
    {
        TimeSpan spent = options.Clock.GetElapsedTime(since);
        if (spent < options.StallTimeout)
        {
            return options.StallTimeout - spent;
        }

        if (bytesSince < options.MinBytesPerSecond * spent.TotalSeconds)
        {
            throw TooSlow(null);
        }

        since = options.Clock.GetTimestamp();
        bytesSince = 0;
        return options.StallTimeout;
    }

    InterruptedBody TooSlow(Exception? fault) => new($"the body comes slower than {options.MinBytesPerSecond:0.#} bytes a second", fault);
}
