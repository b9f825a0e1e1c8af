using System.Runtime.InteropServices;

namespace Shoestring.Tensors.Tests;

/// <summary>Attention by tiles against the definition in doubles.</summary>
public sealed class AttentionTests : IDisposable
{
    readonly MemoryAccount account = new();
    readonly List<IDisposable> owned = [];

    public void Dispose() => owned.ForEach(o => o.Dispose());

    public static TheoryData<int, int, int, int, int, KvFormat> Cases()
    {
        TheoryData<int, int, int, int, int, KvFormat> cases = [];
        foreach (KvFormat format in new[] { KvFormat.F32, KvFormat.F16 })
        {
            foreach (int channels in new[] { 8, 48, 64, 80 })
            {
                foreach (int length in new[] { 1, 63, 64, 65, 128, 200 })
                {
                    cases.Add(channels, length, 4, 2, 0, format);
                }
            }
            foreach (int window in new[] { 1, 5, 63, 64, 65, 100 })
            {
                cases.Add(16, 200, 6, 2, window, format);
            }
            cases.Add(32, 70, 8, 1, 0, format);
            cases.Add(32, 70, 3, 3, 7, format);
            cases.Add(128, 130, 5, 1, 0, format);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_are_those_of_the_definition(int channels, int length, int heads, int kvHeads, int window, KvFormat format)
    {
        (float[] q, float[] k, float[] v) = (TestWeights.Normal(length * heads * channels, 1), TestWeights.Normal(length * kvHeads * channels, 2), TestWeights.Normal(length * kvHeads * channels, 3));
        double[] expected = Definition(q, Kept(k, format), Kept(v, format), channels, length, heads, kvHeads, window);
        float[] actual = Attend(Simd.Chosen, 1, q, k, v, channels, length, heads, kvHeads, window, format, length);
        for (int i = 0; i < expected.Length; i++)
        {
            // Weights sum to 1 and values are of size 1: an absolute bound.
            ((double)actual[i]).ShouldBe(expected[i], 5e-6, $"row {i / (heads * channels)}, channel {i % (heads * channels)}");
        }
    }

    [Theory]
    [InlineData(80, 0, KvFormat.F16)]
    [InlineData(48, 70, KvFormat.F32)]
    public void Any_path_thread_count_and_cut_gives_the_same_bits(int channels, int window, KvFormat format)
    {
        const int length = 150, heads = 6, kvHeads = 2;
        (float[] q, float[] k, float[] v) = (TestWeights.Normal(length * heads * channels, 1), TestWeights.Normal(length * kvHeads * channels, 2), TestWeights.Normal(length * kvHeads * channels, 3));
        float[] expected = Attend(SimdPath.Scalar, 1, q, k, v, channels, length, heads, kvHeads, window, format, length);
        foreach (SimdPath path in Simd.Available)
        {
            foreach ((int cut, int threads) in new[] { (1, 1), (7, 2), (16, 2), (64, 1), (150, 2) })
            {
                float[] actual = Attend(path, threads, q, k, v, channels, length, heads, kvHeads, window, format, cut);
                MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan())).ShouldBeTrue($"{path}, {cut} rows a step, {threads} threads");
            }
        }
    }

    [Fact]
    public void Sequences_of_a_batch_see_only_themselves()
    {
        const int channels = 16, heads = 2;
        using WorkerPool pool = new(2);
        using Operations operations = new(pool, account);
        int[] lengths = [70, 1, 33];
        Tensor q = Filled(lengths.Sum(), heads * channels, 1), k = Filled(lengths.Sum(), heads * channels, 2), v = Filled(lengths.Sum(), heads * channels, 3);
        Tensor together = Empty(lengths.Sum(), heads * channels), alone = Empty(lengths.Sum(), heads * channels);
        List<AttentionSpan> spans = [];
        foreach (int length in lengths)
        {
            AttentionSpan span = new(Own(new KvStore(heads, channels, 80, KvFormat.F32, account)), spans.Sum(s => s.Rows), length, 0);
            operations.Append(k, v, span);
            operations.Attend(q, [span], heads, 0.25f, 0, alone);
            spans.Add(span);
        }
        operations.Attend(q, [.. spans], heads, 0.25f, 0, together);
        for (int row = 0; row < together.Rows; row++)
        {
            together.Row(row).SequenceEqual(alone.Row(row)).ShouldBeTrue($"row {row}");
        }
    }

    [Fact]
    public void Operations_are_counted_by_what_each_row_sees()
    {
        using WorkerPool pool = new(1);
        using Operations operations = new(pool, account);
        KvStore cache = Own(new KvStore(2, 8, 64, KvFormat.F16, account));
        Tensor q = Filled(3, 32, 1), y = Empty(3, 32);
        operations.Attend(q, [new AttentionSpan(cache, 0, 3, 5)], 4, 1, 7, y);
        // Rows at positions 5, 6 and 7 with a window of 7 see 6, 7 and 7 positions.
        operations.Counters.AttentionFlops.ShouldBe(4L * 4 * 8 * (6 + 7 + 7));
        operations.Counters.KvBytesRead.ShouldBe(2L * 2 * 8 * 2 * (6 + 7 + 7));
    }

    [Fact]
    public void Positions_outside_the_cache_are_refused()
    {
        using WorkerPool pool = new(1);
        using Operations operations = new(pool, account);
        KvStore cache = Own(new KvStore(1, 8, 4, KvFormat.F32, account));
        Tensor k = Filled(3, 8, 1);
        Should.Throw<ArgumentOutOfRangeException>(() => operations.Append(k, k, new AttentionSpan(cache, 0, 3, 2)));
    }

    float[] Attend(SimdPath path, int threads, float[] q, float[] k, float[] v, int channels, int length, int heads, int kvHeads, int window, KvFormat format, int cut)
    {
        using WorkerPool pool = new(threads);
        using Operations operations = new(pool, account, path);
        using KvStore cache = new(kvHeads, channels, length, format, account);
        List<float> outputs = [];
        for (int start = 0; start < length; start += cut)
        {
            int rows = Math.Min(cut, length - start);
            Tensor queries = From(q, start, rows, heads * channels), keys = From(k, start, rows, kvHeads * channels), values = From(v, start, rows, kvHeads * channels);
            Tensor y = Empty(rows, heads * channels);
            AttentionSpan span = new(cache, 0, rows, start);
            operations.Append(keys, values, span);
            operations.Attend(queries, [span], heads, 1 / MathF.Sqrt(channels), window, y);
            outputs.AddRange(y.Buffer.Span<float>(0, rows * heads * channels));
        }
        return [.. outputs];
    }

    static double[] Definition(float[] q, float[] k, float[] v, int n, int length, int heads, int kvHeads, int window)
    {
        double[] y = new double[length * heads * n];
        for (int row = 0; row < length; row++)
        {
            for (int h = 0; h < heads; h++)
            {
                int first = window > 0 ? Math.Max(0, row - window + 1) : 0, at = (row * heads + h) * n;
                int theirs = h / (heads / kvHeads);
                int Key(int p) => (p * kvHeads + theirs) * n;
                double[] scores = [.. Enumerable.Range(first, row + 1 - first).Select(p => Enumerable.Range(0, n).Sum(c => (double)q[at + c] * k[Key(p) + c]) / Math.Sqrt(n))];
                double top = scores.Max(), total = scores.Sum(s => Math.Exp(s - top));
                for (int p = first; p <= row; p++)
                {
                    for (int c = 0; c < n; c++)
                    {
                        y[at + c] += Math.Exp(scores[p - first] - top) / total * v[Key(p) + c];
                    }
                }
            }
        }
        return y;
    }

    static float[] Kept(float[] values, KvFormat format) => format == KvFormat.F32 ? values : [.. values.Select(v => (float)(Half)v)];

    T Own<T>(T resource) where T : IDisposable
    {
        owned.Add(resource);
        return resource;
    }

    Tensor Empty(int rows, int columns) => new(Own(new NativeBuffer((long)rows * columns * 4, MemoryKind.Activations, account)), 0, rows, columns);

    Tensor Filled(int rows, int columns, ulong seed) => From(TestWeights.Normal(rows * columns, seed), 0, rows, columns);

    Tensor From(float[] values, int first, int rows, int columns)
    {
        Tensor tensor = Empty(rows, columns);
        values.AsSpan(first * columns, rows * columns).CopyTo(tensor.Buffer.Span<float>(0, rows * columns));
        return tensor;
    }
}
