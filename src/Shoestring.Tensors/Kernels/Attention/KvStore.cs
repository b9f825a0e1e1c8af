using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// Keys and values of one sequence in one block of the model. Positions are held 64 to a page, and a page, for each KV
/// head, holds its keys as <c>[channel][position of 64]</c> (lane = position, so scores need no horizontal sums) and its
/// values as <c>[position of 64][channel, padded to 16]</c>. Attention finds pages through a table.
/// </summary>
/// <remarks>
/// What a row sees follows from its position alone, so that it does not matter how a prompt was cut into steps. In Q8_0 and
/// Q4_0 every position is quantized when it is written. In KIVI's formats a row sees a page quantized if it lies more than
/// <see cref="KvFormats.ResidualPages"/> before the row's own, and in F16 otherwise: the latest
/// <see cref="KvFormats.RecentPages"/> are kept in F16 beside the quantized ones. A cache that keeps sinks and a window writes
/// new pages over those that no row sees any more; one whose heads choose holds positions in any order
/// (<see cref="KvSelection"/>).
/// </remarks>
public sealed unsafe partial class KvStore : IDisposable
{
    /// <summary>Positions in a page.</summary>
    public const int PagePositions = 64;

    readonly NativeBuffer buffer;
    readonly KvPageLayout layout, plainLayout;
    readonly int[] pages;
    readonly int fixedPages, recentPages;
    readonly long recentOffset;
    int oldestTurning, oldestRecent;

    /// <summary>Room for <paramref name="capacity"/> positions, or for those that <paramref name="retention"/> keeps of them.</summary>
    /// <param name="heads">KV heads.</param>
    /// <param name="headChannels">Channels of a head.</param>
    /// <param name="capacity">Positions that the sequence may have.</param>
    /// <param name="format">How they are kept.</param>
    /// <param name="account">Who counts the memory.</param>
    /// <param name="retention">Which are kept; by default all.</param>
    public KvStore(int heads, int headChannels, int capacity, KvFormat format, MemoryAccount account, KvRetention retention = default)
    {
        (Heads, HeadChannels, Format, Capacity, Retention) = (heads, headChannels, format, capacity, retention);
        layout = new KvPageLayout(format, headChannels);
        plainLayout = format.IsKivi() ? new KvPageLayout(KvFormat.F16, headChannels) : layout;
        long slots = retention.Chosen > 0 ? Math.Min(capacity, (long)retention.Chosen + retention.Window) : capacity;
        long all = (slots + PagePositions - 1) / PagePositions;
        long main = format.IsKivi() ? Math.Max(0, all - KvFormats.ResidualPages - 1) : all;
        recentPages = format.IsKivi() ? (int)Math.Min(all, KvFormats.RecentPages) : 0;
        // The row's own page, those its window reaches into, and one more, so that 64 positions can always be rolled back; in KIVI's
        // formats the last of them are among those in F16.
        long turning = Math.Max(1, retention.WindowPages + (format.IsKivi() ? 0 : 2));
        bool turns = retention.Window > 0 && main > retention.SinkPages + turning;
        fixedPages = turns ? retention.SinkPages : checked((int)main);
        pages = [.. Enumerable.Range(0, turns ? fixedPages + (int)turning : fixedPages)];
        recentOffset = pages.Length * PageBytes;
        buffer = new NativeBuffer(recentOffset + recentPages * (long)heads * plainLayout.Bytes, MemoryKind.KvCache, account);
        oldestTurning = fixedPages;
        Selection = retention.Chosen > 0 ? new KvSelection(heads, (int)slots, retention, account) : null;
    }

    /// <summary>KV heads.</summary>
    public int Heads { get; }

    /// <summary>Channels of a head.</summary>
    public int HeadChannels { get; }

    /// <summary>Element format.</summary>
    public KvFormat Format { get; }

    /// <summary>Positions that the sequence may have.</summary>
    public int Capacity { get; }

    /// <summary>Which positions are kept.</summary>
    public KvRetention Retention { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => buffer.Bytes + (Selection?.Bytes ?? 0);

    /// <summary>What each head has chosen to keep, where it chooses.</summary>
    internal KvSelection? Selection { get; }

    internal int PaddedChannels => layout.Padded;

    /// <summary>How quantized pages lie in memory.</summary>
    internal ref readonly KvPageLayout Layout => ref layout;

    long PageBytes => (long)Heads * layout.Bytes;

    /// <summary>Whether pages make room for others, in the format or in what is kept.</summary>
    bool Turns => recentPages > 0 || fixedPages < pages.Length;

    /// <summary>Most rows that can be appended and attended at once: what a later page takes the place of may still be seen before it.</summary>
    internal int RowsAtOnce(int start) => Turns ? PagePositions - start % PagePositions : int.MaxValue;

    /// <summary>Whether rows whose own page is <paramref name="own"/> see a page quantized.</summary>
    internal bool IsQuantized(int page, int own) => Format.IsKivi() ? page + KvFormats.ResidualPages < own : layout.IsQuantized;

    /// <summary>One head of the quantized page that holds position 64·<paramref name="page"/>.</summary>
    internal byte* Quantized(int page, int head) => Main(page, head);

    /// <summary>Keys of one head in the page of floats that holds position 64·<paramref name="page"/>.</summary>
    internal byte* Keys(int page, int head) => recentPages == 0 ? Main(page, head)
        : buffer.Pointer + recentOffset + ((long)(page % recentPages) * Heads + head) * plainLayout.Bytes;

    /// <summary>Values of one head in the page of floats that holds position 64·<paramref name="page"/>.</summary>
    internal byte* Values(int page, int head) => Keys(page, head) + plainLayout.Values;

    byte* Main(int page, int head)
    {
        int slot = page < fixedPages ? page : fixedPages + (page - fixedPages) % (pages.Length - fixedPages);
        return buffer.Pointer + pages[slot] * PageBytes + (long)head * layout.Bytes;
    }

    /// <summary>Keys and values of a position as the row at <paramref name="from"/> sees them, in plain code.</summary>
    internal void Read(int position, int from, int head, Span<float> keys, Span<float> values)
    {
        int page = position / PagePositions, slot = position % PagePositions;
        bool quantized = IsQuantized(page, from / PagePositions);
        KvPageLayout seen = quantized ? layout : plainLayout;
        byte* at = quantized ? Quantized(page, head) : Keys(page, head);
        for (int c = 0; c < HeadChannels; c++)
        {
            (keys[c], values[c]) = (seen.Key(at, c, slot), seen.Value(at, c, slot));
        }
    }

    /// <summary>Bytes of keys and values of all heads that the row at <paramref name="from"/> reads of the positions [first, end).</summary>
    internal long BytesRead(int first, int end, int from)
    {
        int border = Format.IsKivi() ? (from / PagePositions - KvFormats.ResidualPages) * PagePositions : layout.IsQuantized ? end : first;
        long quantized = Math.Clamp(border, first, end) - first, plain = end - first - quantized;
        return Heads * (quantized * layout.Bytes / PagePositions + 2L * HeadChannels * plain * (plainLayout.Bits / 8));
    }

    /// <summary>Takes note of the positions that will be written next.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie within the capacity.</exception>
    /// <exception cref="ArgumentException">They are more than can be taken at once.</exception>
    internal void Advance(int start, int rows)
    {
        if (start < 0 || rows < 0 || start > Capacity - rows)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"positions {start} … {start + rows - 1} of a cache of {Capacity}");
        }
        if (rows > RowsAtOnce(start))
        {
            throw new ArgumentException($"{rows} rows at position {start} of a cache that takes {RowsAtOnce(start)} at once there", nameof(rows));
        }
        int newest = (start + rows - 1) / PagePositions, turning = pages.Length - fixedPages;
        if (turning > 0)
        {
            oldestTurning = Math.Max(oldestTurning, newest - (recentPages > 0 ? KvFormats.ResidualPages + 1 : 0) - turning + 1);
        }
        if (recentPages > 0)
        {
            oldestRecent = Math.Max(oldestRecent, newest - recentPages + 1);
        }
    }

    /// <summary>
    /// Whether everything that a row at position <paramref name="length"/> sees is still held: always after the last 64
    /// positions, and for as many as there are where pages make no room for others.
    /// </summary>
    public bool CanRollBack(int length)
    {
        if (length == 0 || Selection != null)
        {
            // What later rows attended to is in the sums by which a head chooses.
            return length == 0;
        }
        int own = length / PagePositions;
        if (recentPages > 0 && Math.Max(0, own - KvFormats.ResidualPages) < oldestRecent)
        {
            return false;
        }
        int first = Math.Max(fixedPages, Retention.Drops(length) ? (length - Retention.Window + 1) / PagePositions : 0);
        int last = recentPages > 0 ? own - KvFormats.ResidualPages - 1 : (length - 1) / PagePositions;
        return first > last || first >= oldestTurning;
    }

    /// <summary>Forgets everything from position <paramref name="length"/> on.</summary>
    /// <exception cref="InvalidOperationException">What the next row would see is no longer held.</exception>
    public void RollBack(int length)
    {
        if (!CanRollBack(length))
        {
            throw new InvalidOperationException($"roll back to {length}: this cache no longer holds what a row there saw; it can go back {(Selection == null ? "64 positions, or " : "")}to 0 to read the text again");
        }
        if (length == 0)
        {
            (oldestTurning, oldestRecent) = (fixedPages, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        buffer.Dispose();
        Selection?.Dispose();
    }
}
