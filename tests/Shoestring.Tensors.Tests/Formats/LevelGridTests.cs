namespace Shoestring.Tensors.Tests;

public class LevelGridTests
{
    public static TheoryData<TensorFormat> Formats => [.. BlockFormats.All.Where(LevelGrid.Exists)];

    [Fact]
    public void Every_quantized_format_that_is_written_has_a_grid() =>
        Formats.Count.ShouldBe(13);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Blocks_decode_to_the_values_that_were_chosen(TensorFormat format)
    {
        var grid = LevelGrid.For(format);
        var random = new Random(1);
        float[] scales = new float[grid.Groups], offsets = new float[grid.Groups], decoded = new float[grid.BlockElements];
        for (int round = 0; round < 50; round++)
        {
            float[] x = Normal(random, grid.BlockElements, round % 7 - 3), weights = [.. x.Select(_ => random.NextSingle())];
            byte[] block = new byte[format.BlockBytes()], levels = [.. x.Select((_, i) => (byte)(IsKept(format, i) ? random.Next(grid.LevelValues.Length) : grid.Level(0, 1, 0)))];
            grid.Fit(x, weights, block, scales, offsets);
            grid.StoreLevels(levels, block);
            format.Decode(block, decoded);
            decoded.ShouldBe(levels.Select((level, i) => grid.Value(level, scales[i / grid.GroupElements], offsets[i / grid.GroupElements])).ToArray());
        }
    }

    // Two of every four, other ones each time, where a format holds no more.
    static bool IsKept(TensorFormat format, int i) => !format.IsSparse() || (i % 4) switch { 0 => i / 4 % 2 == 0, 1 => true, 2 => i / 4 % 2 == 1, _ => false };

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_nearest_level_is_chosen(TensorFormat format)
    {
        var grid = LevelGrid.For(format);
        foreach (float x in (float[])[-1e9f, -40, -3.4f, -0.6f, 0, 0.4f, 2.6f, 17, 1e9f])
        {
            float nearest = Enumerable.Range(0, grid.LevelValues.Length).Min(level => MathF.Abs(grid.Value(level, 0.5f, -1) - x));
            MathF.Abs(grid.Value(grid.Level(x, 0.5f, -1), 0.5f, -1) - x).ShouldBe(nearest);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Fitted_scales_lose_less_than_the_plain_encoder_where_it_counts(TensorFormat format)
    {
        var grid = LevelGrid.For(format);
        var random = new Random(2);
        float[] x = Normal(random, 64 * grid.BlockElements, 0), weights = [.. x.Select(_ => MathF.Exp(3 * (random.NextSingle() - 0.5f)))];
        byte[] plain = new byte[64 * format.BlockBytes()], fitted = new byte[plain.Length];
        format.Encode(x, plain);
        grid.Encode(x, weights, fitted);
        Error(fitted).ShouldBeLessThan(Error(plain) * (format == TensorFormat.Q8_0 ? 1.01 : 1));

        double Error(byte[] bytes)
        {
            float[] values = new float[x.Length];
            format.Decode(bytes, values);
            return values.Select((value, i) => (double)weights[i] * (value - x[i]) * (value - x[i])).Sum();
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Zeros_stay_zeros(TensorFormat format)
    {
        var grid = LevelGrid.For(format);
        byte[] bytes = new byte[format.BlockBytes()];
        float[] x = new float[grid.BlockElements], values = [.. x.Select(_ => 1f)];
        grid.Encode(x, values, bytes);
        format.Decode(bytes, values);
        values.ShouldAllBe(value => value == 0);
    }

    [Fact]
    public void Floats_have_no_levels()
    {
        LevelGrid.Exists(TensorFormat.F16).ShouldBeFalse();
        LevelGrid.Exists(TensorFormat.IQ2_XXS).ShouldBeFalse();
        Should.Throw<NotSupportedException>(() => LevelGrid.For(TensorFormat.F16));
    }

    static float[] Normal(Random random, int count, float mean) =>
        [.. Enumerable.Range(0, count).Select(_ => mean + (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
}
