using System.Runtime.InteropServices;

namespace Shoestring.Tensors.Tests;

/// <summary>Quantized keys and values: how far they are off, and attention over them.</summary>
public sealed class KvFormatTests
{
    static readonly KvFormat[] Quantized = [.. Enum.GetValues<KvFormat>().Where(f => f >= KvFormat.Q8_0)];

    public static TheoryData<KvFormat, int> Shapes() => new(Quantized.SelectMany(f => new[] { 8, 48, 64, 80 }.Select(c => (f, c))));

    public static TheoryData<KvFormat> Formats() => new(Quantized);

    // Half a step of the levels, or a whole one at the end that q4_0's levels do not reach; the scale is off by 2^-11 and the levels
    // multiply that; and KIVI begins with halves.
    [Theory]
    [MemberData(nameof(Shapes))]
    public void Each_element_is_off_by_half_a_level_at_most(KvFormat format, int channels)
    {
        using CacheRun run = new(channels, 2, 2, 200);
        run.Run(run.Store(format), 200);
        for (int position = 0; position < 64; position++)
        {
            for (int head = 0; head < 2; head++)
            {
                (float[] keys, float[] values) = run.Kept(position, 199, head);
                for (int c = 0; c < channels; c++)
                {
                    int at = (position * 2 + head) * channels;
                    float[] group = format.IsKivi()
                        ? [.. Enumerable.Range(position / 32 * 32, 32).Select(p => run.K[(p * 2 + head) * channels + c])] : Group(run.K, at, channels, c);
                    ((double)keys[c]).ShouldBe(run.K[at + c], Bound(format, group));
                    ((double)values[c]).ShouldBe(run.V[at + c], Bound(format, Group(run.V, at, channels, c)));
                }
            }
        }
    }

    static float[] Group(float[] x, int at, int channels, int c) => x[(at + c / 32 * 32)..(at + Math.Min(channels, c / 32 * 32 + 32))];

    static double Bound(KvFormat format, float[] group)
    {
        double largest = group.Max(MathF.Abs), range = group.Max() - group.Min(), half = largest / 2048;
        return 1e-6 + half + format switch
        {
            KvFormat.Q8_0 => largest / 127 / 2,
            KvFormat.Q4_0 => largest / 8,
            _ => range / ((1 << format.Bits()) - 1) / 2 + range / 2048,
        };
    }

    [Fact]
    public void Levels_of_q8_0_and_q4_0_are_the_block_formats()
    {
        using CacheRun run = new(64, 1, 1, 70);
        Same<BlockQ8_0>(run, KvFormat.Q8_0);
        Same<BlockQ4_0>(run, KvFormat.Q4_0);
    }

    static void Same<TBlock>(CacheRun run, KvFormat format) where TBlock : unmanaged, IEncodableBlockFormat<TBlock>
    {
        run.Run(run.Store(format), 70);
        TBlock[] blocks = new TBlock[2];
        float[] expected = new float[64];
        for (int position = 0; position < 70; position++)
        {
            TBlock.Encode(run.K.AsSpan(position * 64, 64), blocks);
            TBlock.Decode(blocks, expected);
            run.Kept(position, 69, 0).Keys.ShouldBe(expected);
            TBlock.Encode(run.V.AsSpan(position * 64, 64), blocks);
            TBlock.Decode(blocks, expected);
            run.Kept(position, 69, 0).Values.ShouldBe(expected);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Attention_is_the_definition_over_what_the_cache_holds(KvFormat format, int channels)
    {
        using CacheRun run = new(channels, 4, 2, 270);
        List<double[]> expected = [];
        float[] actual = run.Run(run.Store(format), 1, afterRow: row => expected.Add(run.Definition(row)));
        for (int i = 0; i < actual.Length; i++)
        {
            ((double)actual[i]).ShouldBe(expected[i / (4 * channels)][i % (4 * channels)], 5e-6, $"row {i / (4 * channels)}");
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Any_cut_thread_count_and_path_gives_the_same_bits(KvFormat format)
    {
        using CacheRun run = new(48, 6, 2, 330);
        float[] expected = run.Run(run.Store(format), 1, path: SimdPath.Scalar);
        foreach (SimdPath path in Simd.Available)
        {
            foreach ((int cut, int threads) in new[] { (1, 2), (3, 1), (17, 2), (64, 1), (100, 2), (330, 2) })
            {
                float[] actual = run.Run(run.Store(format), cut, threads, path);
                MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan())).ShouldBeTrue($"{path}, {cut} rows a step, {threads} threads");
            }
        }
    }

    // KIVI, §3: some channels of keys are large at every position. Quantized by position they take the levels from the others.
    [Theory]
    [InlineData(KvFormat.Kivi8, KvFormat.Q8_0)]
    [InlineData(KvFormat.Kivi4, KvFormat.Q4_0)]
    public void Keys_by_channel_beat_keys_by_position_where_channels_stand_out(KvFormat byChannel, KvFormat byPosition)
    {
        using CacheRun run = new(64, 1, 1, 256);
        for (int position = 0; position < 256; position++)
        {
            run.K[position * 64 + 3] = 20 + run.K[position * 64 + 3];
            run.K[position * 64 + 40] = -15 + run.K[position * 64 + 40];
        }
        (double channel, double token) = (KeyError(run, byChannel), KeyError(run, byPosition));
        channel.ShouldBeLessThan(token / 8);
    }

    static double KeyError(CacheRun run, KvFormat format)
    {
        run.Run(run.Store(format), 256);
        return Enumerable.Range(0, 128).Sum(p => run.Kept(p, 255, 0).Keys.Select((key, c) => Math.Pow(key - run.K[p * 64 + c], 2)).Sum());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public unsafe void Groups_are_quantized_as_in_plain_code(int bits)
    {
        float[][] groups = [TestWeights.Normal(32, 7), [.. TestWeights.Normal(32, 8).Select(x => x * 1e-7f)], new float[32], [.. Enumerable.Repeat(-3.7f, 32)],
            [.. Enumerable.Range(0, 32).Select(i => i / 2f)], [.. TestWeights.Normal(32, 9).Select(x => x * 1000 - 500)]];
        byte* levels = stackalloc byte[32], plain = stackalloc byte[32];
        ushort* scale = stackalloc ushort[2], plainScale = stackalloc ushort[2];
        foreach (float[] group in groups)
        {
            fixed (float* x = group)
            {
                KvQuantizer.Affine(x, bits, levels, scale);
                KvQuantizer.AffineReference(x, bits, plain, plainScale);
            }
            new Span<byte>(levels, 32).SequenceEqual(new Span<byte>(plain, 32)).ShouldBeTrue();
            new Span<ushort>(scale, 2).SequenceEqual(new Span<ushort>(plainScale, 2)).ShouldBeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public unsafe void Pages_are_widened_as_in_plain_code(KvFormat format, int channels)
    {
        KvPageLayout layout = new(format, channels);
        byte[] bytes = new byte[layout.Bytes];
        new Random(5).NextBytes(bytes);
        float[] wide = new float[64 * (channels + layout.Padded)], wider = new float[wide.Length];
        fixed (byte* page = bytes)
        fixed (float* target = wide, other = wider)
        {
            Halves(page, layout);
            KvWidening<Lanes256>.Widen(layout, page, 64, target);
            if (Simd.Available.Contains(SimdPath.Avx512))
            {
                KvWidening<Lanes512>.Widen(layout, page, 64, other);
                wider.ShouldBe(wide);
            }
            for (int slot = 0; slot < 64; slot++)
            {
                for (int c = 0; c < channels; c++)
                {
                    target[c * 64 + slot].ShouldBe(layout.Key(page, c, slot));
                    target[64 * channels + slot * layout.Padded + c].ShouldBe(layout.Value(page, c, slot));
                }
            }
        }
    }

    // Random bytes as scales would be infinities, too.
    static unsafe void Halves(byte* page, KvPageLayout layout)
    {
        foreach ((int first, int end) in new[] { (layout.KeyScales, layout.Values), (layout.ValueScales, layout.Bytes) })
        {
            for (int at = first; at < end; at += 2)
            {
                *(ushort*)(page + at) &= 0xBFFF;
            }
        }
    }

    [Fact]
    public void Names_are_those_that_users_know()
    {
        KvFormats.Names.ShouldBe(["f32", "f16", "q8_0", "q4_0", "kivi8", "kivi4", "kivi2"]);
        KvFormats.TryParse("Q8_0", out KvFormat format).ShouldBeTrue();
        format.ShouldBe(KvFormat.Q8_0);
        KvFormats.TryParse("2", out _).ShouldBeFalse();
    }
}
