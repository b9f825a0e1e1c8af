using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <content>Arrays: element type in 4 bytes, count in 8, then the items.</content>
public sealed partial class GgufValue
{
    const int ArrayHeader = 12;

    /// <summary>Type of an array's elements.</summary>
    public GgufType ElementType => (GgufType)BinaryPrimitives.ReadUInt32LittleEndian(ArrayPayload.Span);

    /// <summary>Number of an array's elements.</summary>
    public int Count => (int)BinaryPrimitives.ReadUInt64LittleEndian(ArrayPayload.Span[4..]);

    ReadOnlyMemory<byte> ArrayPayload => Type == GgufType.Array ? payload : throw Wrong("an array");

    ReadOnlySpan<byte> Items => ArrayPayload.Span[ArrayHeader..];

    /// <summary>An array of strings, still in UTF-8. Indexing it takes one pass: keep the result.</summary>
    public GgufStringArray AsStrings() =>
        IsArrayOf(GgufType.String) ? new(payload[ArrayHeader..], Count) : throw Wrong("an array of strings");

    /// <summary>A copy of an array whose elements are stored as exactly <typeparamref name="T"/>.</summary>
    public T[] AsArray<T>()
        where T : unmanaged =>
        IsArrayOf(GgufTypes.Of<T>()) ? MemoryMarshal.Cast<byte, T>(Items).ToArray() : throw Wrong($"an array of {GgufTypes.Of<T>()}");

    /// <summary>A copy of an array of any integer type whose elements all fit.</summary>
    public int[] AsInt32Array() => Integers<int>();

    /// <summary>A copy of an array of any integer type whose elements all fit.</summary>
    public long[] AsInt64Array() => Integers<long>();

    /// <summary>A copy of an array of F32 or F64.</summary>
    public float[] AsSingleArray() => IsArrayOf(GgufType.Float64) ? System.Array.ConvertAll(AsArray<double>(), value => (float)value) : AsArray<float>();

    /// <summary>A copy of an array of truth values.</summary>
    public bool[] AsBooleanArray() => AsArray<bool>();

    /// <summary>The arrays within an array.</summary>
    public GgufValue[] AsArrays()
    {
        if (!IsArrayOf(GgufType.Array))
        {
            throw Wrong("an array of arrays");
        }

        var arrays = new GgufValue[Count];
        var cursor = new GgufCursor(Items, source);
        for (var i = 0; i < arrays.Length; i++)
        {
            var start = cursor.Position;
            cursor.Skip(GgufType.Array);
            arrays[i] = new GgufValue(GgufType.Array, payload[(ArrayHeader + start)..(ArrayHeader + cursor.Position)], key, source);
        }

        return arrays;
    }

    bool IsArrayOf(GgufType element) => Type == GgufType.Array && ElementType == element;

    T[] Integers<T>()
        where T : unmanaged, INumber<T> => (Type == GgufType.Array ? ElementType : Type) switch
        {
            _ when Type != GgufType.Array => throw Wrong("an array of integers"),
            GgufType.UInt8 => Converted<byte, T>(),
            GgufType.Int8 => Converted<sbyte, T>(),
            GgufType.UInt16 => Converted<ushort, T>(),
            GgufType.Int16 => Converted<short, T>(),
            GgufType.UInt32 => Converted<uint, T>(),
            GgufType.Int32 => Converted<int, T>(),
            GgufType.UInt64 => Converted<ulong, T>(),
            GgufType.Int64 => Converted<long, T>(),
            _ => throw Wrong("an array of integers"),
        };

    TTo[] Converted<TFrom, TTo>()
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        var from = MemoryMarshal.Cast<byte, TFrom>(Items);
        var to = new TTo[from.Length];
        try
        {
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = TTo.CreateChecked(from[i]);
            }
        }
        catch (OverflowException)
        {
            throw Wrong($"an array of integers that fit {typeof(TTo).Name}");
        }

        return to;
    }
}
