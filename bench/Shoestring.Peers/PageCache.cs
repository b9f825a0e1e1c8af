using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shoestring.Peers;

/// <summary>Puts a file into the system's page cache, or out of it.</summary>
static unsafe partial class PageCache
{
    const int DontNeed = 4, Read = 1, Shared = 1;

    /// <summary>Drops the file's pages. Those that wait to be written cannot be dropped, hence the flush before.</summary>
    /// <exception cref="IOException">The system keeps some of them: a start would not be a cold one.</exception>
    public static void Evict(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        int descriptor = (int)file.DangerousGetHandle();
        if (Synchronize(descriptor) != 0 || Advise(descriptor, 0, 0, DontNeed) != 0)
            throw new IOException($"the pages of {path} cannot be given up");
        double kept = ResidentShare(descriptor, RandomAccess.GetLength(file));
        if (kept > 0.01)
            throw new IOException($"{kept:P0} of {path} stay in the page cache: another process has it mapped, or its file system is memory");
    }

    /// <summary>Reads the whole file in order, a megabyte at a time.</summary>
    public static void ReadThrough(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        byte[] buffer = new byte[1 << 20];
        long offset = 0;
        for (int count; (count = RandomAccess.Read(file, buffer, offset)) > 0;)
            offset += count;
    }

    static double ResidentShare(int descriptor, long length)
    {
        void* start = Map(null, (nuint)length, Read, Shared, descriptor, 0);
        if ((nint)start == -1)
            throw new IOException("the file cannot be mapped to see which of its pages are cached");
        byte[] pages = new byte[(length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        try
        {
            fixed (byte* p = pages)
            {
                if (InCore(start, (nuint)length, p) != 0)
                    throw new IOException("the system does not tell which pages are cached");
            }
        }
        finally
        {
            _ = Unmap(start, (nuint)length);
        }
        return pages.Count(page => (page & 1) != 0) / (double)pages.Length;
    }

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Synchronize(int file);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int file, nint offset, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "mincore")]
    private static partial int InCore(void* address, nuint length, byte* pages);
}
