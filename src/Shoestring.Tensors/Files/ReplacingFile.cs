using Microsoft.Win32.SafeHandles;

namespace Shoestring.Tensors;

/// <summary>
/// A file that appears whole or not at all: written under a temporary name in its own folder, flushed to the disk, then
/// renamed over what was there. Its full length is reserved first, so that a full disk is found before the work.
/// </summary>
sealed class ReplacingFile : IDisposable
{
    readonly string path;
    readonly string temporary;
    readonly long length;
    readonly SafeFileHandle handle;
    bool committed;

    /// <exception cref="InputException">The folder is missing or not writable, or the disk is full.</exception>
    public ReplacingFile(string path, long length)
    {
        if (string.IsNullOrEmpty(path) || Directory.Exists(path))
        {
            throw new InputException("a file cannot be written there", string.IsNullOrEmpty(path) ? "output path" : path, "name a file, not a folder");
        }

        this.length = length;
        this.path = Path.GetFullPath(path);
        temporary = Path.Combine(Path.GetDirectoryName(this.path)!, $".{Guid.NewGuid():N}.tmp");
        handle = Attempt(() => File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, length));
        try
        {
            Attempt(() => Reserve(length));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writes at a position; bytes never written are zero.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (Exception fault) when (IsDiskFault(fault))
        {
            throw Unwritable(fault);
        }
    }

    /// <summary>Makes the file appear under its name.</summary>
    public void Commit()
    {
        Attempt(() => RandomAccess.FlushToDisk(handle));
        handle.Dispose();
        Attempt(() => File.Move(temporary, path, overwrite: true));
        committed = true;
    }

    /// <summary>Removes what was written unless it was committed.</summary>
    public void Dispose()
    {
        handle.Dispose();
        if (!committed)
        {
            File.Delete(temporary);
        }
    }

    // A length beyond what the system or a limit of the process allows is told as a wrong argument.
    void Reserve(long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (ArgumentOutOfRangeException fault)
        {
            throw new IOException(fault.Message.ReplaceLineEndings(" "), fault);
        }
    }

    void Attempt(Action work) => Attempt(() =>
    {
        work();
        return true;
    });

    T Attempt<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (IsDiskFault(fault))
        {
            throw Unwritable(fault);
        }
    }

    static bool IsDiskFault(Exception fault) => fault is IOException or UnauthorizedAccessException;

    InputException Unwritable(Exception fault) =>
        new($"its {length} bytes cannot be written ({Printable.Text(fault.Message)})", path, "free some space or choose another folder", fault);
}
