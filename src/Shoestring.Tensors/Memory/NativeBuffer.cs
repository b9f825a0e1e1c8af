using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// Zeroed native memory, aligned for the widest vectors, that is accounted for by kind and given back on
/// <see cref="Dispose"/>. Very large buffers ask the system for huge pages: a 600 MB weight matrix walks 300 page-table
/// entries then, not 150,000.
/// </summary>
public sealed unsafe partial class NativeBuffer : IDisposable
{
    const long LargeBytes = 1L << 20;
    const long HugePage = 2L << 20;

    /// <summary>What is worth huge pages: a smaller buffer gains little, and the rest of its last page is memory for nothing.</summary>
    const long HugeBytes = 32L << 20;

    readonly MemoryAccount? account;
    readonly nuint size;
    readonly byte* mapping;
    byte* pointer;

    /// <summary>Allocates <paramref name="bytes"/> zeroed bytes.</summary>
    /// <exception cref="OutOfMemoryException">The system has no such amount.</exception>
    public NativeBuffer(long bytes, MemoryKind kind, MemoryAccount account) : this(bytes, kind, account, accounted: true)
    {
    }

    internal NativeBuffer(long bytes, MemoryKind kind, MemoryAccount account, bool accounted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        this.account = accounted ? account : null;
        Bytes = bytes;
        Kind = kind;
        size = (nuint)Math.Max(64, (bytes + 63) / 64 * 64);
        if (bytes >= LargeBytes && OperatingSystem.IsLinux())
        {
            // Room to begin at a huge page; what is never touched costs nothing.
            size += (nuint)HugePage;
            mapping = Map(size);
            pointer = (byte*)(((nuint)mapping + (nuint)HugePage - 1) & ~((nuint)HugePage - 1));
        }
        else
        {
            pointer = (byte*)NativeMemory.AlignedAlloc(size, 64);
            NativeMemory.Clear(pointer, size);
        }
        this.account?.Change(kind, bytes);
    }

    /// <summary>Fresh pages straight from the system: zero without being touched, and gone from the process when freed.</summary>
    static byte* Map(nuint size)
    {
        const int readWrite = 3, privateAnonymous = 0x22, noReserve = 0x4000, hugePages = 14;
        void* address = MemoryMap(null, size, readWrite, privateAnonymous | noReserve, -1, 0);
        if ((nint)address == -1)
        {
            throw new OutOfMemoryException($"the system has no {size} bytes of memory");
        }
        if (size >= (nuint)HugeBytes)
        {
            // Advice only: a kernel without transparent huge pages refuses it and nothing is lost.
            _ = MemoryAdvise(address, size, hugePages);
        }
        return (byte*)address;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* MemoryMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(void* address, nuint length, int advice);

    /// <summary>
    /// Gives the system the memory of freed small buffers back, which the C library keeps for later ones. Nothing happens where
    /// it has no such call.
    /// </summary>
    public static void ReturnFreed()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                _ = TrimAllocator(0);
            }
        }
        catch (EntryPointNotFoundException)
        {
            // Only glibc has it; musl returns memory by itself.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimAllocator(nuint keep);

    /// <summary>Size in bytes.</summary>
    public long Bytes { get; }

    /// <summary>What the memory is held for.</summary>
    public MemoryKind Kind { get; }

    internal byte* Pointer => pointer != null ? pointer : throw new ObjectDisposedException(nameof(NativeBuffer));

    /// <summary>A span over part of the buffer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the buffer.</exception>
    public Span<T> Span<T>(long byteOffset, int length) where T : unmanaged
    {
        long bytes = (long)length * sizeof(T);
        if (byteOffset < 0 || length < 0 || byteOffset > Bytes - bytes)
        {
            throw new ArgumentOutOfRangeException(nameof(byteOffset), $"[{byteOffset}, +{bytes}) is outside a buffer of {Bytes} bytes");
        }
        return new Span<T>(Pointer + byteOffset, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (pointer == null)
        {
            return;
        }
        if (mapping != null)
        {
            _ = MemoryUnmap(mapping, size);
        }
        else
        {
            NativeMemory.AlignedFree(pointer);
        }
        pointer = null;
        account?.Change(Kind, -Bytes);
        GC.SuppressFinalize(this);
    }

    ~NativeBuffer() => Dispose();
}
