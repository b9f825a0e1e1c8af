using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// The values that a format can hold, for methods that choose levels themselves: fit a block's scales first, choose a level for
/// each element, store them. The block's bytes then decode to exactly the values chosen.
/// </summary>
public abstract class LevelGrid
{
    readonly sbyte[] values;

    private protected LevelGrid(TensorFormat format, int groupElements, ReadOnlySpan<sbyte> values)
    {
        (Format, GroupElements, this.values) = (format, groupElements, values.ToArray());
        BlockElements = format.BlockElements();
    }

    /// <summary>The format.</summary>
    public TensorFormat Format { get; }

    /// <summary>Elements of a block.</summary>
    public int BlockElements { get; }

    /// <summary>Elements that share a scale and an offset.</summary>
    public int GroupElements { get; }

    /// <summary>Groups of a block.</summary>
    public int Groups => BlockElements / GroupElements;

    /// <summary>What a level stands for, ascending.</summary>
    public ReadOnlySpan<sbyte> LevelValues => values;

    /// <summary>The grid of a format.</summary>
    /// <exception cref="NotSupportedException">The format has no levels (floats), or is only read.</exception>
    public static LevelGrid For(TensorFormat format) => format switch
    {
        TensorFormat.Q4_0 => new Of<BlockQ4_0>(),
        TensorFormat.Q4_1 => new Of<BlockQ4_1>(),
        TensorFormat.Q5_0 => new Of<BlockQ5_0>(),
        TensorFormat.Q5_1 => new Of<BlockQ5_1>(),
        TensorFormat.Q8_0 => new Of<BlockQ8_0>(),
        TensorFormat.Q2_K => new Of<BlockQ2_K>(),
        TensorFormat.Q3_K => new Of<BlockQ3_K>(),
        TensorFormat.Q4_K => new Of<BlockQ4_K>(),
        TensorFormat.Q5_K => new Of<BlockQ5_K>(),
        TensorFormat.Q6_K => new Of<BlockQ6_K>(),
        TensorFormat.IQ4_NL => new Of<BlockIQ4_NL>(),
        TensorFormat.S24_8 => new Of<BlockS24_8>(),
        TensorFormat.S24_4 => new Of<BlockS24_4>(),
        _ => throw new NotSupportedException($"{format.Name()} has no levels that could be chosen"),
    };

    /// <summary>Whether <see cref="For"/> has a grid for a format.</summary>
    public static bool Exists(TensorFormat format) => format.CanEncode() && !format.MultipliesFloats();

    /// <summary>Fits the scales and offsets of one block and stores them; its levels are then undefined.</summary>
    /// <param name="x">The block's values.</param>
    /// <param name="weights">What a squared error in each of them weighs; not negative.</param>
    /// <param name="block">Receives the scales.</param>
    /// <param name="scales">Receives the scale of each group, as decoding uses it.</param>
    /// <param name="offsets">Receives the offset of each group.</param>
    public abstract void Fit(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, Span<byte> block, Span<float> scales, Span<float> offsets);

    /// <summary>Stores the levels of one block.</summary>
    /// <param name="levels">A level for each element.</param>
    /// <param name="block">The block, whose scales stay.</param>
    public abstract void StoreLevels(ReadOnlySpan<byte> levels, Span<byte> block);

    /// <summary>The level whose value is nearest.</summary>
    public int Level(float x, float scale, float offset) => scale == 0 ? Nearest(values, 0) : Nearest(values, (x - offset) / scale);

    /// <summary>What a level stands for in a group; bitwise what decoding gives.</summary>
    public float Value(int level, float scale, float offset) => offset == 0 ? values[level] * scale : (scale * values[level]) + offset;

    /// <summary>Encodes whole blocks with weighted errors: rounding to nearest, with the scales fitted to the weights.</summary>
    /// <param name="x">The values, whole blocks.</param>
    /// <param name="weights">What a squared error in each of them weighs.</param>
    /// <param name="bytes">Receives the blocks.</param>
    public void Encode(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, Span<byte> bytes)
    {
        Span<float> scales = stackalloc float[16], offsets = stackalloc float[16];
        Span<byte> levels = stackalloc byte[256];
        float[] kept = Format.IsSparse() ? new float[BlockElements] : [];
        int size = Format.BlockBytes();
        for (int first = 0, at = 0; first < x.Length; first += BlockElements, at += size)
        {
            ReadOnlySpan<float> part = x.Slice(first, BlockElements), weight = weights.Slice(first, BlockElements);
            if (kept.Length > 0)
            {
                SparsePositions.KeepHeaviest(part, weight, kept);
                part = kept;
            }

            Fit(part, weight, bytes.Slice(at, size), scales, offsets);
            for (int i = 0; i < part.Length; i++)
            {
                levels[i] = (byte)Level(part[i], scales[i / GroupElements], offsets[i / GroupElements]);
            }

            StoreLevels(levels[..BlockElements], bytes.Slice(at, size));
        }
    }

    /// <summary>Index of the nearest of ascending values.</summary>
    internal static int Nearest(ReadOnlySpan<sbyte> values, float x)
    {
        if (values[^1] - values[0] == values.Length - 1)
        {
            // Ties go to even, as in ggml's k-quants; far values are clamped before they are rounded.
            return Rounding.Nearest(Math.Clamp(x, values[0], values[^1])) - values[0];
        }

        (int lower, int upper) = (0, values.Length - 1);
        while (upper - lower > 1)
        {
            int middle = (lower + upper) / 2;
            (lower, upper) = x < values[middle] ? (lower, middle) : (middle, upper);
        }

        return x - values[lower] < values[upper] - x ? lower : upper;
    }

    sealed class Of<T>() : LevelGrid(T.Format, T.GroupElements, T.LevelValues)
        where T : unmanaged, ILevelFormat<T>
    {
        public override void Fit(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, Span<byte> block, Span<float> scales, Span<float> offsets)
        {
            for (int group = 0; group < Groups; group++)
            {
                (scales[group], offsets[group]) = LevelFit.Search(x.Slice(group * GroupElements, GroupElements), weights.Slice(group * GroupElements, GroupElements), T.LevelValues);
            }

            ref T target = ref Target(block);
            target.StoreScales(scales[..Groups], offsets[..Groups]);
            target.ReadScales(scales[..Groups], offsets[..Groups]);
        }

        public override void StoreLevels(ReadOnlySpan<byte> levels, Span<byte> block) => Target(block).StoreLevels(levels);

        static ref T Target(Span<byte> block) => ref MemoryMarshal.Cast<byte, T>(block[..Unsafe.SizeOf<T>()])[0];
    }
}
