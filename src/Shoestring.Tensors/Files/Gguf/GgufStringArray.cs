using System.Buffers.Binary;
using System.Collections;
using System.Text;

namespace Shoestring.Tensors;

/// <summary>
/// An array of strings kept as the UTF-8 it was read as; a vocabulary of 150,000 pieces is opened without making one
/// string.
/// </summary>
public sealed class GgufStringArray : IReadOnlyList<string>
{
    readonly ReadOnlyMemory<byte> items;
    readonly int[] starts;

    /// <param name="items">Checked items: for each its length in 8 bytes, then its UTF-8.</param>
    /// <param name="count">Number of items.</param>
    internal GgufStringArray(ReadOnlyMemory<byte> items, int count)
    {
        this.items = items;
        starts = GC.AllocateUninitializedArray<int>(count);
        var bytes = items.Span;
        var position = 0;
        for (var i = 0; i < count; i++)
        {
            starts[i] = position + 8;
            position += 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes[position..]);
        }
    }

    /// <summary>Number of strings.</summary>
    public int Count => starts.Length;

    /// <summary>String <paramref name="index"/>, decoded anew at each call; bytes that are no UTF-8 become U+FFFD.</summary>
    public string this[int index] => Encoding.UTF8.GetString(Utf8(index));

    /// <summary>The bytes of string <paramref name="index"/> as the file has them.</summary>
    public ReadOnlySpan<byte> Utf8(int index) => Utf8Memory(index).Span;

    /// <summary>The bytes of string <paramref name="index"/>; they stay valid after the file is closed.</summary>
    public ReadOnlyMemory<byte> Utf8Memory(int index)
    {
        var start = starts[index];
        return items.Slice(start, (int)BinaryPrimitives.ReadUInt64LittleEndian(items.Span[(start - 8)..]));
    }

    /// <summary>All strings, decoded.</summary>
    public string[] ToArray()
    {
        var strings = new string[Count];
        for (var i = 0; i < strings.Length; i++)
        {
            strings[i] = this[i];
        }

        return strings;
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
