using System.Buffers.Binary;

namespace Shoestring.Tensors;

public sealed unsafe partial class KvStore
{
    /// <summary>Bytes behind the pages that say which of them still hold what they were written with.</summary>
    const int MarkBytes = 2 * sizeof(int);

    long RecentPageBytes => (long)Heads * plainLayout.Bytes;

    /// <summary>Pages of either kind that the first <paramref name="positions"/> positions take.</summary>
    (int Main, int Recent) Used(int positions)
    {
        int used = (int)(((long)positions + PagePositions - 1) / PagePositions);
        return (Math.Min(used, pages.Length), Math.Min(used, recentPages));
    }

    /// <summary>Copies the first <paramref name="positions"/> positions, at which the other stands, from a store of the same shape.</summary>
    public void CopyFrom(KvStore source, int positions)
    {
        if (source.Heads != Heads || source.HeadChannels != HeadChannels || source.Format != Format || source.Retention != Retention
            || positions > Math.Min(Capacity, source.Capacity) || (Turns || source.Turns || Selection != null) && Capacity != source.Capacity)
        {
            throw new ArgumentException("the stores differ in shape or the positions do not fit", nameof(source));
        }
        (int main, int recent) = Used(positions);
        for (int slot = 0; slot < main; slot++)
        {
            Buffer.MemoryCopy(source.buffer.Pointer + source.pages[slot] * PageBytes, buffer.Pointer + pages[slot] * PageBytes, PageBytes, PageBytes);
        }
        long bytes = recent * RecentPageBytes;
        Buffer.MemoryCopy(source.buffer.Pointer + source.recentOffset, buffer.Pointer + recentOffset, bytes, bytes);
        (oldestTurning, oldestRecent) = (source.oldestTurning, source.oldestRecent);
        if (Selection != null)
        {
            source.Selection!.Memory.CopyTo(Selection.Memory);
        }
    }

    /// <summary>The pages that hold the first <paramref name="positions"/> positions, at which it stands, as bytes.</summary>
    public byte[] Save(int positions)
    {
        (int main, int recent) = Used(positions);
        byte[] bytes = new byte[checked((int)SavedBytes(positions))];
        for (int slot = 0; slot < main; slot++)
        {
            new ReadOnlySpan<byte>(buffer.Pointer + pages[slot] * PageBytes, (int)PageBytes).CopyTo(bytes.AsSpan((int)(slot * PageBytes)));
        }
        if (Turns)
        {
            Span<byte> rest = bytes.AsSpan((int)(main * PageBytes));
            new ReadOnlySpan<byte>(buffer.Pointer + recentOffset, (int)(recent * RecentPageBytes)).CopyTo(rest);
            BinaryPrimitives.WriteInt32LittleEndian(rest[^MarkBytes..], oldestTurning);
            BinaryPrimitives.WriteInt32LittleEndian(rest[^sizeof(int)..], oldestRecent);
        }
        Selection?.Memory.CopyTo(bytes.AsSpan((int)(main * PageBytes)));
        return bytes;
    }

    long SavedBytes(int positions)
    {
        (int main, int recent) = Used(positions);
        return main * PageBytes + recent * RecentPageBytes + (Turns ? MarkBytes : 0) + (Selection?.Bytes ?? 0);
    }

    /// <summary>Restores what <see cref="Save"/> returned for <paramref name="positions"/> positions.</summary>
    /// <exception cref="ArgumentException">The bytes are not the pages of that many positions of this shape, or do not fit.</exception>
    public void Load(ReadOnlySpan<byte> bytes, int positions)
    {
        if (positions < 0 || positions > Capacity || bytes.Length != SavedBytes(positions))
        {
            throw new ArgumentException($"{bytes.Length} bytes are not those that {positions} positions of {Capacity} take in pages of {PageBytes}", nameof(bytes));
        }
        (int main, int recent) = Used(positions);
        for (int slot = 0; slot < main; slot++)
        {
            bytes.Slice((int)(slot * PageBytes), (int)PageBytes).CopyTo(new Span<byte>(buffer.Pointer + pages[slot] * PageBytes, (int)PageBytes));
        }
        if (Turns)
        {
            ReadOnlySpan<byte> rest = bytes[(int)(main * PageBytes)..];
            rest[..^MarkBytes].CopyTo(new Span<byte>(buffer.Pointer + recentOffset, (int)(recent * RecentPageBytes)));
            oldestTurning = Math.Max(fixedPages, BinaryPrimitives.ReadInt32LittleEndian(rest[^MarkBytes..]));
            oldestRecent = Math.Max(0, BinaryPrimitives.ReadInt32LittleEndian(rest[^sizeof(int)..]));
        }
        if (Selection != null)
        {
            bytes[(int)(main * PageBytes)..].CopyTo(Selection.Memory);
        }
    }
}
