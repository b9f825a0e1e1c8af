namespace Shoestring.Tensors;

/// <summary>
/// The bytes of a format's block by what they are, for coders that gain by telling them apart: each byte of a float (the one with
/// sign and exponent is far from uniform, that with the end of the mantissa is not), both bytes of a scale, levels, high bits.
/// </summary>
static class ByteClasses
{
    /// <summary>Most classes of a format.</summary>
    internal const int Most = 16;

    /// <summary>For each class the places of its bytes within a block, in ascending order.</summary>
    internal static int[][] Of(TensorFormat format)
    {
        if (format.BlockElements() == 1)
        {
            return [.. Enumerable.Range(0, format.BlockBytes()).Select(place => (int[])[place])];
        }

        var fields = new PackedLayout(format, format.BlockElements()).Fields.OrderBy(field => field.Offset);
        return [.. fields.SelectMany(field => field is { Unit: 2, Length: 2 }
            ? (int[][])[[field.Offset], [field.Offset + 1]]
            : [[.. Enumerable.Range(field.Offset, field.Length)]])];
    }

    /// <summary>Copies a class's bytes out of whole blocks, next to each other.</summary>
    internal static void Gather(ReadOnlySpan<byte> blocks, int blockBytes, ReadOnlySpan<int> places, Span<byte> together)
    {
        var next = 0;
        for (var block = 0; block < blocks.Length; block += blockBytes)
        {
            foreach (var place in places)
            {
                together[next++] = blocks[block + place];
            }
        }
    }

    /// <summary>The inverse of <see cref="Gather"/>.</summary>
    internal static void Scatter(ReadOnlySpan<byte> together, int blockBytes, ReadOnlySpan<int> places, Span<byte> blocks)
    {
        var next = 0;
        for (var block = 0; block < blocks.Length; block += blockBytes)
        {
            foreach (var place in places)
            {
                blocks[block + place] = together[next++];
            }
        }
    }
}
