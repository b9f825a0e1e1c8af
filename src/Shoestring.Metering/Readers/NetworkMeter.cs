namespace Shoestring.Metering;

/// <summary>
/// Bytes over the network, counted where they are sent and received: no operating system keeps them per process, so every
/// piece of code here that opens a socket adds what it moved. Safe to use from many threads.
/// </summary>
public sealed class NetworkMeter
{
    long sent, received;

    /// <summary>The meter that all of this process's network code adds to.</summary>
    public static NetworkMeter Process { get; } = new();

    /// <summary>Bytes sent so far.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>Bytes received so far.</summary>
    public long Received => Interlocked.Read(ref received);

    /// <summary>Adds bytes that left.</summary>
    public void AddSent(long bytes) => Interlocked.Add(ref sent, bytes);

    /// <summary>Adds bytes that arrived.</summary>
    public void AddReceived(long bytes) => Interlocked.Add(ref received, bytes);
}
