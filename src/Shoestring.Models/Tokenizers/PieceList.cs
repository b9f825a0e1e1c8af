using System.Text;

namespace Shoestring.Models;

/// <summary>
/// Many short byte strings in one buffer: a vocabulary's pieces or its merge rules, in UTF-8. One allocation for all of
/// them keeps the load of a hundred thousand pieces in the milliseconds.
/// </summary>
public sealed class PieceList
{
    readonly ReadOnlyMemory<byte> bytes;
    readonly int[] ends;

    /// <summary>Takes <paramref name="bytes"/> cut at <paramref name="ends"/>: string i is [ends[i-1], ends[i]).</summary>
    /// <exception cref="ArgumentException">The ends descend or pass the last byte.</exception>
    public PieceList(ReadOnlyMemory<byte> bytes, int[] ends)
    {
        ArgumentNullException.ThrowIfNull(ends);
        int previous = 0;
        foreach (int end in ends)
        {
            if (end < previous || end > bytes.Length)
                throw new ArgumentException($"a string ends at byte {end} of {bytes.Length}, before {previous}", nameof(ends));
            previous = end;
        }
        this.bytes = bytes;
        this.ends = ends;
    }

    /// <summary>Number of strings.</summary>
    public int Count => ends.Length;

    /// <summary>String <paramref name="index"/> in UTF-8.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            int start = index == 0 ? 0 : ends[index - 1];
            return bytes.Span[start..ends[index]];
        }
    }

    /// <summary>String <paramref name="index"/> as text, with U+FFFD for what is not UTF-8.</summary>
    public string Text(int index) => Encoding.UTF8.GetString(this[index]);

    /// <summary>Gathers <paramref name="strings"/> into one buffer.</summary>
    public static PieceList From(IEnumerable<string> strings)
    {
        var builder = new PieceListBuilder();
        foreach (string text in strings)
            builder.Add(Encoding.UTF8.GetBytes(text));
        return builder.Build();
    }
}

/// <summary>Gathers byte strings for a <see cref="PieceList"/>.</summary>
public sealed class PieceListBuilder(int expectedCount = 0)
{
    readonly List<int> ends = new(expectedCount);
    byte[] bytes = new byte[Math.Max(256, Math.Min(expectedCount, 1 << 20) * 8)];
    int used;

    /// <summary>Strings added so far.</summary>
    public int Count => ends.Count;

    /// <summary>Appends one string.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > bytes.Length - used)
            Array.Resize(ref bytes, checked(Math.Max(bytes.Length * 2, used + piece.Length)));
        piece.CopyTo(bytes.AsSpan(used));
        used += piece.Length;
        ends.Add(used);
    }

    /// <summary>The list of what was added.</summary>
    public PieceList Build() => new(bytes.AsMemory(0, used), ends.ToArray());
}
