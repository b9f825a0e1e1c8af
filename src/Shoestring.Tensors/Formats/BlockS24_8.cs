using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// 2:4 sparse: of every 4 of 32 weights at most two are kept, as signed 8-bit levels with one scale: value = scale · level, 0
/// elsewhere. 5.5 bits an element, where <see cref="BlockQ8_0"/> takes 8.5.
/// </summary>
/// <remarks>A block in which the two positions of a four coincide is damaged: what it decodes to is not specified.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 22)]
public struct BlockS24_8 : ILevelFormat<BlockS24_8>
{
    /// <summary>Largest magnitude / 127.</summary>
    public Half Scale;

    /// <summary>Levels from −127 to 127 of the kept weights: two for every four channels, in the order of the channels.</summary>
    public SignedBytes16 Levels;

    /// <summary>Where they lie: <see cref="SparsePositions"/>.</summary>
    public Bytes4 Positions;

    /// <inheritdoc/>
    public static TensorFormat Format => TensorFormat.S24_8;

    /// <inheritdoc/>
    public static int Elements => 32;

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BlockS24_8> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ref readonly var block = ref blocks[i];
            var scale = (float)block.Scale;
            var y = values.Slice(32 * i, 32);
            y.Clear();
            for (var j = 0; j < SparsePositions.Kept; j++)
            {
                y[SparsePositions.Channel(block.Positions, j)] = block.Levels[j] * scale;
            }
        }
    }

    /// <summary>Keeps the two largest of every four and rounds as <see cref="BlockQ8_0"/> does.</summary>
    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BlockS24_8> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Encode(values.Slice(32 * i, 32));
        }
    }

    void Encode(ReadOnlySpan<float> x)
    {
        SparsePositions.Choose(x, Positions);
        var scale = MathF.Abs(BlockRange.LargestMagnitude(x)) / 127;
        var inverse = BlockRange.Inverse(scale);
        Scale = (Half)scale;
        for (var j = 0; j < SparsePositions.Kept; j++)
        {
            Levels[j] = (sbyte)Rounding.NearestTiesAway(x[SparsePositions.Channel(Positions, j)] * inverse);
        }
    }

    /// <inheritdoc/>
    public static int GroupElements => 32;

    /// <inheritdoc/>
    public static ReadOnlySpan<sbyte> LevelValues => LevelTables.Signed8;

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
        for (var j = 0; j < SparsePositions.Kept; j++)
        {
            Levels[j] = LevelValues[levels[SparsePositions.Channel(Positions, j)]];
        }
    }
}
