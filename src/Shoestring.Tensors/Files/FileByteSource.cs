using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Shoestring.Tensors;

/// <summary>
/// A file on disk. <see cref="ByteSource.Read"/> goes past the mapping, so that a loader that fills memory of its own
/// does not pay for the file's pages a second time in resident memory.
/// </summary>
sealed unsafe class FileByteSource : ByteSource
{
    readonly SafeFileHandle handle;
    readonly Lock mapping = new();
    MemoryMappedFile? mapped;
    MemoryMappedViewAccessor? view;
    byte* start;
    bool disposed;

    FileByteSource(string path, SafeFileHandle handle)
        : base(path, RandomAccess.GetLength(handle)) => this.handle = handle;

    /// <summary>Opens a regular file.</summary>
    /// <exception cref="ModelFileException">It is missing, a folder, a device, empty or not readable.</exception>
    public static FileByteSource Open(string path)
    {
        if (string.IsNullOrEmpty(path))
        {
            throw new ModelFileException("the path is empty", "model", "name a model file or folder");
        }

        // Looked at before it is opened: opening a pipe for reading would wait for its writer.
        if (!File.Exists(path))
        {
            var what = Directory.Exists(path) ? "it is a folder, not a file" : "there is no such file";
            throw new ModelFileException(what, path, "check the path");
        }

        return LengthBehindLinks(path) > 0 ? OpenRegular(path) : throw new ModelFileException("the file is empty", path, "fetch it again");
    }

    static long LengthBehindLinks(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : file.Length;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, fault);
        }
    }

    static FileByteSource OpenRegular(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            return new FileByteSource(path, handle);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw Unreadable(path, fault);
        }
    }

    public override T ParseStart<T>(int length, Func<ReadOnlySpan<byte>, T> parse)
    {
        using var file = OpenMapping();
        using var bytes = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        bytes.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        try
        {
            return parse(new ReadOnlySpan<byte>(pointer + bytes.PointerOffset, length));
        }
        finally
        {
            bytes.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    public override ReadOnlyMemory<byte> KeepStart(int length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        Read(0, bytes);
        return bytes;
    }

    public override void Dispose()
    {
        lock (mapping)
        {
            disposed = true;
            if (start != null)
            {
                start = null;
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            }

            view?.Dispose();
            mapped?.Dispose();
            handle.Dispose();
        }
    }

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            var count = ReadSome(offset, destination);
            if (count == 0)
            {
                throw new ModelFileException($"it ended at byte {offset} of {Length}", Name, "it changed while in use: load it again");
            }

            offset += count;
            destination = destination[count..];
        }
    }

    protected override ReadOnlySpan<byte> MapCore(long offset, int length)
    {
        lock (mapping)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (start == null)
            {
                MapWhole();
            }

            return new ReadOnlySpan<byte>(start + offset, length);
        }
    }

    void MapWhole()
    {
        mapped ??= OpenMapping();
        view ??= mapped.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        start = pointer + view.PointerOffset;
    }

    int ReadSome(long offset, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(handle, destination, offset);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(Name, fault);
        }
    }

    MemoryMappedFile OpenMapping()
    {
        try
        {
            return MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Unreadable(Name, fault);
        }
    }

    static ModelFileException Unreadable(string path, Exception fault) =>
        new($"it cannot be read ({Printable.Text(fault.Message)})", path, "check that it is a regular file that you may read", fault);
}
