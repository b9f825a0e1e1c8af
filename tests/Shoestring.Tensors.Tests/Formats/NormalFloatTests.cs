using CsCheck;

namespace Shoestring.Tensors.Tests;

public class NormalFloatTests
{
    static float[] Decoded(float[] values)
    {
        byte[] bytes = new byte[TensorFormat.NF4.RowBytes(values.Length)];
        TensorFormat.NF4.Encode(values, bytes);
        float[] decoded = new float[values.Length];
        TensorFormat.NF4.Decode(bytes, decoded);
        return decoded;
    }

    // The quantiles of arXiv 2305.14314's appendix E.
    [Fact]
    public void A_block_is_scale_times_magnitude_times_table()
    {
        BlockNF4[] blocks = [new() { Scale = (Half)2 }];
        byte[] magnitudes = [255, 0, 51, 102];
        magnitudes.CopyTo(blocks[0].Magnitudes);
        for (int j = 0; j < 128; j++)
        {
            blocks[0].Indices[j] = (byte)((2 * j % 16) | ((2 * j) + 1) % 16 << 4);
        }

        float[] values = new float[256];
        BlockNF4.Decode(blocks, values);
        for (int i = 0; i < 256; i++)
        {
            values[i].ShouldBe(2f * magnitudes[i / 64] / 255 * BlockNF4.Table[i % 16], 1e-6f);
        }

        (BlockNF4.Table[0], BlockNF4.Table[7], BlockNF4.Table[15]).ShouldBe((-1f, 0f, 1f));
    }

    [Fact]
    public void What_lies_on_the_grid_stays() => Gen.Int[0, 15].Array[256].Sample(indices =>
    {
        // Each magnitude is met, so that it is found again.
        float[] values = [.. indices.Select((index, i) => 0.5f * (i % 64 == 0 ? 1 : BlockNF4.Table[index]))];
        float[] decoded = Decoded(values);
        for (int i = 0; i < values.Length; i++)
        {
            decoded[i].ShouldBe(values[i], 1e-6f);
        }
    }, iter: 100);

    // Half of the widest gap of the table is 0.152 of a magnitude; magnitudes themselves are off by half a 255th of the largest one, and by a half's rounding.
    [Fact]
    public void Nothing_is_off_by_more_than_half_a_gap() => Gen.Float[-1, 1].Array[256].Sample(values =>
    {
        float[] decoded = Decoded(values);
        float largest = values.Max(MathF.Abs);
        for (int i = 0; i < values.Length; i++)
        {
            float magnitude = values[(i / 64 * 64)..((i / 64 * 64) + 64)].Max(MathF.Abs);
            MathF.Abs(decoded[i] - values[i]).ShouldBeLessThanOrEqualTo((0.1524f * magnitude) + (0.0025f * largest));
        }
    }, iter: 300);

    [Fact]
    public void Zeros_and_tiny_values_are_finite()
    {
        Decoded(new float[256]).ShouldAllBe(value => value == 0);
        Decoded([.. Enumerable.Range(0, 256).Select(i => 1e-12f * i)]).ShouldAllBe(value => float.IsFinite(value));
    }

    // Of normal values the paper's format loses less than evenly spaced levels do (its section 5.1), 64 to a magnitude on both sides.
    [Fact]
    public void Normal_values_lose_less_than_in_even_steps()
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, 1 << 16).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        float[] evenly = [.. values.Chunk(64).SelectMany(part => part.Select(value => MathF.Round(value / part.Max(MathF.Abs) * 7) / 7 * part.Max(MathF.Abs)))];
        double Error(float[] decoded) => values.Zip(decoded, (one, other) => (double)(one - other) * (one - other)).Sum();
        Error(Decoded(values)).ShouldBeLessThan(0.8 * Error(evenly));
    }
}
