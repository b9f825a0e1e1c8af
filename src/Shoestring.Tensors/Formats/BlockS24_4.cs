using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 2:4 sparse: of every 4 of 32 weights at most two are kept, as levels of 4 bits with one scale: value = scale · (level − 8), 0
/// elsewhere. 3.5 bits an element, where <see cref="BlockQ4_0"/> takes 4.5.
/// </summary>
/// <remarks>A block in which the two positions of a four coincide is damaged: what it decodes to is not specified.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 14)]
public struct BlockS24_4 : ILevelFormat<BlockS24_4>
{
    /// <summary>The value of largest magnitude / −8.</summary>
    public Half Scale;

    /// <summary>Byte j holds the level of kept weight j in its low half and of kept weight j + 8 in its high half.</summary>
    public Bytes8 Levels;

    /// <summary>Where they lie: <see cref="SparsePositions"/>.</summary>
    public Bytes4 Positions;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.S24_4;

    /// <inheritdoc/>
    public static int Elements => 32;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockS24_4> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ref readonly var block = ref blocks[i];
            var scale = (float)block.Scale;
            var y = values.Slice(32 * i, 32);
            y.Clear();
            for (var j = 0; j < 8; j++)
            {
                y[SparsePositions.Channel(block.Positions, j)] = ((block.Levels[j] & 15) - 8) * scale;
                y[SparsePositions.Channel(block.Positions, j + 8)] = ((block.Levels[j] >> 4) - 8) * scale;
            }
        }
    }

    /// <summary>Keeps the two largest of every four and rounds as <see cref="BlockQ4_0"/> does.</summary>
    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockS24_4> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(32 * i, 32));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        SparsePositions.Choose(x, Positions);
        var scale = BlockRange.LargestMagnitude(x) / -8;
        var inverse = BlockRange.Inverse(scale);
        Scale = (Half)scale;
        for (var j = 0; j < 8; j++)
        {
            var (low, high) = (x[SparsePositions.Channel(Positions, j)], x[SparsePositions.Channel(Positions, j + 8)]);
            Levels[j] = (byte)(BlockQ4_0.Level(low * inverse) | BlockQ4_0.Level(high * inverse) << 4);
        }
    }

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Signed4;

    /// <inheritdoc/>
    public void StoreScales(ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        Scale = (Half)scales[0];
    }

    /// <inheritdoc/>
    public readonly void ReadScales(Span<float> scales, Span<float> offsets)
    {
        (scales[0], offsets[0]) = ((float)Scale, 0);
    }

    /// <summary>Stores the levels of the two largest of every four; where a caller chooses more that are not zero, the others are lost.</summary>
    /// <inheritdoc/>
    public void StoreLevels(ReadOnlySpan<byte> levels)
    {
        Span<float> worth = stackalloc float[32];
        for (var j = 0; j < worth.Length; j++)
        {
            worth[j] = LevelValues[levels[j]];
        }

        SparsePositions.Choose(worth, Positions);
        for (var j = 0; j < 8; j++)
        {
            var (low, high) = (levels[SparsePositions.Channel(Positions, j)], levels[SparsePositions.Channel(Positions, j + 8)]);
            Levels[j] = (byte)(low | high << 4);
        }
    }
}
