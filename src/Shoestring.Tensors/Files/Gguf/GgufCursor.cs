using System.Buffers.Binary;
using System.Text;

namespace Shoestring.Tensors;

/// <summary>
/// Walks a GGUF header. Nothing is believed before it is held against the bytes that are left, so no count in the file
/// can make it read, loop or allocate beyond the file's own size.
/// </summary>
/// <param name="bytes">The start of the file.</param>
/// <param name="where">The file's path, for messages.</param>
ref struct GgufCursor(ReadOnlySpan<byte> bytes, string where)
{
    /// <summary>Arrays within arrays deeper than this are refused; published models have none at all.</summary>
    public const int MaxDepth = 4;

    /// <summary>Most arrays directly within one array.</summary>
    public const int MaxNestedArrays = 65536;

    readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>The file's path.</summary>
    public string Where { get; } = where;

    /// <summary>Bytes consumed.</summary>
    public int Position { get; private set; }

    /// <summary>What is being read, for messages.</summary>
    public string Reading { get; set; } = "header";

    readonly string Shown => Printable.Text(Reading);

    readonly int Left => bytes.Length - Position;

    public ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)Left)
        {
            throw Fault($"{Shown} needs {count} bytes at byte {Position} and {Left} are left");
        }

        var taken = bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A count of things of at least <paramref name="least"/> bytes each, no more than can follow.</summary>
    public int Count(int least, int most)
    {
        var count = UInt64();
        return count <= (ulong)(Left / least) && count <= (ulong)most
            ? (int)count
            : throw Fault($"{Shown} counts {count} items, and {Math.Min(Left / least, most)} at most can follow");
    }

    public ReadOnlySpan<byte> String() => Take(UInt64());

    /// <summary>A key or a tensor's name: not empty, valid UTF-8, not longer than <paramref name="most"/> bytes.</summary>
    public string Name(int most)
    {
        var utf8 = String();
        if (utf8.Length == 0 || utf8.Length > most || !System.Text.Unicode.Utf8.IsValid(utf8))
        {
            throw Fault($"{Shown} has a name of {utf8.Length} bytes that is empty, longer than {most} or no UTF-8 ('{Printable.Text(utf8)}')");
        }

        return Encoding.UTF8.GetString(utf8);
    }

    public GgufType Type()
    {
        var type = (GgufType)UInt32();
        return type <= GgufType.Float64 ? type : throw Fault($"{Shown} has the unknown value type {(uint)type}");
    }

    /// <summary>Steps over a value, checking all of it.</summary>
    public void Skip(GgufType type)
    {
        switch (type)
        {
            case GgufType.String:
                String();
                break;
            case GgufType.Array:
                SkipArray(1);
                break;
            default:
                SkipItems(type, 1);
                break;
        }
    }

    void SkipArray(int depth)
    {
        if (depth > MaxDepth)
        {
            throw Fault($"{Shown} nests arrays more than {MaxDepth} deep");
        }

        var type = Type();
        if (type is not (GgufType.String or GgufType.Array))
        {
            SkipItems(type, Count(type.FixedBytes(), int.MaxValue));
            return;
        }

        var count = type == GgufType.String ? Count(8, int.MaxValue) : Count(12, MaxNestedArrays);
        for (var i = 0; i < count; i++)
        {
            if (type == GgufType.String)
            {
                String();
            }
            else
            {
                SkipArray(depth + 1);
            }
        }
    }

    void SkipItems(GgufType type, int count)
    {
        var items = Take((ulong)count * (ulong)type.FixedBytes());
        if (type == GgufType.Boolean && items.ContainsAnyExceptInRange((byte)0, (byte)1))
        {
            throw Fault($"{Shown} holds a truth value that is neither 0 nor 1");
        }
    }

    public readonly ModelFileException Fault(string what) =>
        new(what, Where, "the file is truncated or corrupt: fetch or write it again");
}
