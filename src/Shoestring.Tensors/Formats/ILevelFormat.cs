namespace Shoestring.Tensors;

/// <summary>
/// A format whose blocks are groups of levels with a scale and an offset each: value = scale · level value + offset. Scales and
/// levels can be stored apart, for whoever chooses levels one by one, as GPTQ does.
/// </summary>
/// <inheritdoc cref="IBlockFormat{TSelf}"/>
public interface ILevelFormat<TSelf> : IEncodableBlockFormat<TSelf>
    where TSelf : unmanaged, ILevelFormat<TSelf>
{
    /// <summary>Elements that share a scale and an offset.</summary>
    static abstract int GroupElements { get; }

    /// <summary>What a level stands for, ascending; unsigned levels have an offset beside their scale, signed ones have none.</summary>
    static abstract ReadOnlySpan<sbyte> LevelValues { get; }

    /// <summary>Stores the scales and offsets of all groups, as near as the format holds them; offsets of the k-quants must not be positive.</summary>
    void StoreScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets);

    /// <summary>The scales and offsets that decoding uses.</summary>
    void ReadScales(Span<float> scales, Span<float> offsets);

    /// <summary>Stores all levels: indices into <see cref="LevelValues"/>.</summary>
    void StoreLevels(ReadOnlySpan<byte> levels);
}

/// <summary>What the levels of several formats stand for.</summary>
static class LevelTables
{
    static readonly sbyte[] signed3 = Range(-4, 8), signed4 = Range(-8, 16), signed5 = Range(-16, 32), signed6 = Range(-32, 64), signed8 = Range(-127, 255);
    static readonly sbyte[] unsigned2 = Range(0, 4), unsigned4 = Range(0, 16), unsigned5 = Range(0, 32);

    internal static ReadOnlySpan<sbyte> Signed3 => signed3;

    internal static ReadOnlySpan<sbyte> Signed4 => signed4;

    internal static ReadOnlySpan<sbyte> Signed5 => signed5;

    internal static ReadOnlySpan<sbyte> Signed6 => signed6;

    internal static ReadOnlySpan<sbyte> Signed8 => signed8;

    internal static ReadOnlySpan<sbyte> Unsigned2 => unsigned2;

    internal static ReadOnlySpan<sbyte> Unsigned4 => unsigned4;

    internal static ReadOnlySpan<sbyte> Unsigned5 => unsigned5;

    static sbyte[] Range(int first, int count) => [.. Enumerable.Range(first, count).Select(value => (sbyte)value)];
}
