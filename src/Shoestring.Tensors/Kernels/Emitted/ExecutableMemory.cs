using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// Pages that hold emitted machine code: written while they cannot be executed, and never written again once they can. They
/// live as long as the process.
/// </summary>
internal static unsafe partial class ExecutableMemory
{
    const int ReadWrite = 3, ReadExecute = 5, PrivateAnonymous = 0x22;
    const int PageBytes = 4096;

    /// <summary>Places code in executable memory; null where the system does not allow any (a hardened kernel, SELinux).</summary>
    public static byte* Place(ReadOnlySpan<byte> code)
    {
        nuint size = (nuint)((code.Length + PageBytes - 1) / PageBytes * PageBytes);
        void* pages = MemoryMap(null, size, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)pages == -1)
        {
            return null;
        }
        code.CopyTo(new Span<byte>(pages, code.Length));
        if (MemoryProtect(pages, size, ReadExecute) != 0)
        {
            _ = MemoryUnmap(pages, size);
            return null;
        }
        return (byte*)pages;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* MemoryMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int MemoryProtect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(void* address, nuint length);
}
