namespace Shoestring.Tensors;

/// <summary>
/// Hands out parts of large buffers, one after the other. A matrix of a few megabytes in a mapping of its own begins and ends
/// within huge pages and gets few of them; side by side in one mapping, all but the last lie in whole ones.
/// </summary>
/// <param name="kind">What the memory is held for.</param>
/// <param name="account">Who counts it.</param>
/// <param name="expectedBytes">
/// How much will be taken in all, if that is known: one mapping of that size wastes part of one huge page, several waste one each.
/// Address space costs nothing until it is touched.
/// </param>
public sealed class NativeArena(MemoryKind kind, MemoryAccount account, long expectedBytes = 0)
{
    readonly long slabBytes = Math.Max(64L << 20, expectedBytes);
    Slab? current;
    long used;

    /// <summary>
    /// Takes <paramref name="bytes"/> zeroed bytes, aligned to cache lines. They are counted; what lies between and behind the
    /// parts is not touched and not counted.
    /// </summary>
    public NativeSlice Take(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes > slabBytes / 2)
        {
            return Alone(bytes, kind, account);
        }
        if (current == null || used + bytes > slabBytes)
        {
            current?.Release();
            (current, used) = (new Slab(new NativeBuffer(slabBytes, kind, account, accounted: false)), 0);
            current.Acquire();
        }
        NativeSlice slice = new(current, used, bytes, kind, account);
        used += (bytes + 63) / 64 * 64;
        return slice;
    }

    /// <summary>Zeroed bytes in a buffer of just that size.</summary>
    internal static NativeSlice Alone(long bytes, MemoryKind kind, MemoryAccount account) =>
        new(new Slab(new NativeBuffer(bytes, kind, account, accounted: false)), 0, bytes, kind, account);

    /// <summary>Gives up the buffer that parts are being cut from; those handed out stay until they are disposed of.</summary>
    public void Close()
    {
        current?.Release();
        current = null;
    }

    /// <summary>A buffer that lives as long as any part of it.</summary>
    internal sealed class Slab(NativeBuffer buffer)
    {
        int holders;

        public NativeBuffer Buffer => buffer;

        public void Acquire() => Interlocked.Increment(ref holders);

        public void Release()
        {
            if (Interlocked.Decrement(ref holders) == 0)
            {
                buffer.Dispose();
            }
        }
    }
}

/// <summary>Part of a buffer.</summary>
public sealed class NativeSlice : IDisposable
{
    readonly NativeArena.Slab slab;
    readonly MemoryKind kind;
    readonly MemoryAccount account;
    readonly long offset;
    bool disposed;

    internal NativeSlice(NativeArena.Slab slab, long offset, long bytes, MemoryKind kind, MemoryAccount account)
    {
        (this.slab, this.offset, this.kind, this.account, Bytes) = (slab, offset, kind, account, bytes);
        slab.Acquire();
        account.Change(kind, bytes);
    }

    /// <summary>Size in bytes.</summary>
    public long Bytes { get; }

    internal unsafe byte* Pointer => slab.Buffer.Pointer + offset;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!disposed)
        {
            disposed = true;
            account.Change(kind, -Bytes);
            slab.Release();
        }
    }
}
