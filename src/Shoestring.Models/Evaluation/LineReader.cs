using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Reads a file line by line as bytes, with a bound on the length of a line, whatever the file holds. After a line that was too
/// long it goes on with the next.
/// </summary>
public sealed class LineReader : IDisposable
{
    readonly string path;
    readonly int maximum;
    readonly string cure;
    readonly FileStream stream;
    byte[] buffer = new byte[1 << 16];
    int start, end;
    bool isFinished, isInside;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximum">The most bytes of a line.</param>
    /// <param name="cure">What to do about a longer one.</param>
    /// <exception cref="InputException">The file is missing or cannot be opened.</exception>
    public LineReader(string path, int maximum, string cure = "write one JSON object on each line")
    {
        (this.path, this.maximum, this.cure) = (path, maximum, cure);
        stream = File.Exists(path) ? Attempt(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
            : throw new InputException(Directory.Exists(path) ? "it is a folder, not a file" : "there is no such file", path, "check the path");
    }

    /// <summary>The number of the line that was read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The next line without its end and without a byte order mark, until the next call.</summary>
    /// <exception cref="InputException">The line is too long, or the file cannot be read.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        while (isInside)
        {
            LeaveLine();
        }
        int searched = 0;
        while (true)
        {
            int found = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (found >= 0 || isFinished)
            {
                return Take(found < 0 ? end - start : searched + found, found >= 0, out line);
            }
            searched = end - start;
            Fill();
        }
    }

    bool Take(int length, bool hasEnd, out ReadOnlyMemory<byte> line)
    {
        line = buffer.AsMemory(start, length);
        start += length + (hasEnd ? 1 : 0);
        if (length == 0 && !hasEnd)
        {
            return false;
        }
        Line++;
        if (Line == 1 && line.Span.StartsWith(Encoding.UTF8.Preamble))
        {
            line = line[Encoding.UTF8.Preamble.Length..];
        }
        return length <= maximum ? true : throw TooLong();
    }

    void Fill()
    {
        if (end - start > maximum)
        {
            Line++;
            isInside = true;
            throw TooLong();
        }
        Load();
    }

    /// <summary>Drops what is left of a line that was too long, as far as it has been read.</summary>
    void LeaveLine()
    {
        int found = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
        start = found < 0 ? end : start + found + 1;
        isInside = found < 0 && !isFinished;
        if (isInside)
        {
            Load();
        }
    }

    void Load()
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, 2 * buffer.Length);
        }
        int count = Attempt(() => stream.Read(buffer, end, buffer.Length - end));
        isFinished = count == 0;
        end += count;
    }

    InputException TooLong() => new($"the line has more than {maximum} bytes", $"{path}:{Line}", cure);

    T Attempt<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new InputException($"it cannot be read ({fault.Message.TrimEnd('.')})", path, "check the path and your rights to it", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();
}
