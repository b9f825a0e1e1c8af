using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// A file on its way: bytes go to the disk and into the hash as they come, so that its size costs no memory. It keeps its first and
/// last bytes for the checks.
/// </summary>
sealed class PartFile(string path) : IDisposable
{
    const int TailBytes = 1024;
    const int CopyBytes = 128 << 10;

    readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly byte[] tail = new byte[TailBytes];
    SafeFileHandle? handle;
    int tailLength;

    /// <summary>Where it lies while it is on its way.</summary>
    public string Path { get; } = path;

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>The last bytes, at most 1,024.</summary>
    public ReadOnlySpan<byte> Tail => tail.AsSpan(0, tailLength);

    /// <summary>Takes up what an earlier attempt left, and returns its first bytes.</summary>
    public byte[] TakeUp()
    {
        Restart();
        return Attempt(() =>
        {
            var head = new byte[FileMarks.HeadBytes];
            using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            var buffer = new byte[CopyBytes];
            for (int read; (read = file.Read(buffer)) > 0;)
            {
                if (Length < head.Length)
                {
                    buffer.AsSpan(0, (int)Math.Min(read, head.Length - Length)).CopyTo(head.AsSpan((int)Length));
                }

                Count(buffer.AsSpan(0, read));
            }

            return head[..(int)Math.Min(Length, head.Length)];
        });
    }

    /// <summary>Forgets all bytes.</summary>
    public void Restart()
    {
        hash.TryGetHashAndReset(stackalloc byte[SHA256.HashSizeInBytes], out _);
        Length = 0;
        tailLength = 0;
    }

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            handle ??= File.OpenHandle(Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            if (Length == 0)
            {
                RandomAccess.SetLength(handle, 0);
            }

            RandomAccess.Write(handle, bytes, Length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(fault);
        }

        Count(bytes);
    }

    /// <summary>The SHA-256 of all bytes, in hexadecimal; nothing may be added after it.</summary>
    public string Hash() => Convert.ToHexStringLower(hash.GetHashAndReset());

    /// <summary>Makes sure that all is on the disk, and closes it.</summary>
    public void Flush() => Attempt(() =>
    {
        handle ??= File.OpenHandle(Path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        RandomAccess.FlushToDisk(handle);
        handle.Dispose();
        handle = null;
        return true;
    });

    /// <summary>Removes it and forgets its bytes.</summary>
    public void Delete()
    {
        handle?.Dispose();
        handle = null;
        File.Delete(Path);
        Restart();
    }

    public void Dispose()
    {
        handle?.Dispose();
        hash.Dispose();
    }

    void Count(ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(bytes);
        Length += bytes.Length;
        ReadOnlySpan<byte> last = bytes[Math.Max(0, bytes.Length - TailBytes)..];
        int kept = Math.Min(tailLength, TailBytes - last.Length);
        tail.AsSpan(tailLength - kept, kept).CopyTo(tail);
        last.CopyTo(tail.AsSpan(kept));
        tailLength = kept + last.Length;
    }

    T Attempt<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(fault);
        }
    }

    InputException Unwritable(Exception fault) =>
        new($"the file cannot be written ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", Path, "free some space or choose another folder", fault);
}
