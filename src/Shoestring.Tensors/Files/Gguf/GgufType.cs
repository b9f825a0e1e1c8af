namespace Shoestring.Tensors;

/// <summary>Types of metadata values; the numbers are those of the GGUF specification (ggml-org/ggml, docs/gguf.md).</summary>
public enum GgufType : uint
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Float32 = 6,
    Boolean = 7,
    String = 8,
    Array = 9,
    UInt64 = 10,
    Int64 = 11,
    Float64 = 12,
}

/// <summary>Sizes of the types, and which of .NET's types each is.</summary>
static class GgufTypes
{
    /// <summary>Bytes of a value, or 0 for strings and arrays, whose length is their own.</summary>
    public static int FixedBytes(this GgufType type) => type switch
    {
        GgufType.UInt8 or GgufType.Int8 or GgufType.Boolean => 1,
        GgufType.UInt16 or GgufType.Int16 => 2,
        GgufType.UInt32 or GgufType.Int32 or GgufType.Float32 => 4,
        GgufType.UInt64 or GgufType.Int64 or GgufType.Float64 => 8,
        _ => 0,
    };

    /// <summary>The GGUF type that stores a <typeparamref name="T"/>.</summary>
    public static GgufType Of<T>()
        where T : unmanaged => default(T) switch
        {
            byte => GgufType.UInt8,
            sbyte => GgufType.Int8,
            ushort => GgufType.UInt16,
            short => GgufType.Int16,
            uint => GgufType.UInt32,
            int => GgufType.Int32,
            float => GgufType.Float32,
            bool => GgufType.Boolean,
            ulong => GgufType.UInt64,
            long => GgufType.Int64,
            double => GgufType.Float64,
            _ => throw new ArgumentException($"GGUF has no type for {typeof(T).Name}"),
        };
}
