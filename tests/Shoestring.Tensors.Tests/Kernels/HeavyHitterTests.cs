using System.Runtime.InteropServices;

namespace Shoestring.Tensors.Tests;

/// <summary>Caches that choose what they keep, against a simulation in doubles and against keeping all.</summary>
public sealed class HeavyHitterTests
{
    const int Channels = 16, Heads = 6, KvHeads = 2, Length = 300;

    public static TheoryData<KvFormat, int, int> Cases()
    {
        TheoryData<KvFormat, int, int> cases = [];
        foreach (KvFormat format in new[] { KvFormat.F32, KvFormat.F16, KvFormat.Q8_0 })
        {
            foreach ((int hitters, int recent) in new[] { (20, 20), (1, 70), (100, 1), (64, 64) })
            {
                cases.Add(format, hitters, recent);
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public unsafe void Each_head_keeps_what_drew_the_most_attention(KvFormat format, int hitters, int recent)
    {
        using CacheRun run = new(Channels, Heads, KvHeads, Length), whole = new(Channels, Heads, KvHeads, Length);
        KvStore store = run.Store(format, new KvRetention(0, recent) { Chosen = hitters }), all = whole.Store(format);
        float[] actual = run.Run(store, 7);
        // The simulation reads keys and values, as the format keeps them, from a cache that holds them all.
        whole.Run(all, Length);
        Simulation[] heads = [.. Enumerable.Range(0, KvHeads).Select(head => new Simulation(whole, head, hitters + recent, recent))];
        for (int row = 0; row < Length; row++)
        {
            double[] expected = [.. heads.SelectMany(head => head.Row(row))];
            for (int i = 0; i < expected.Length; i++)
            {
                ((double)actual[row * expected.Length + i]).ShouldBe(expected[i], 5e-6, $"row {row}");
            }
        }
        for (int head = 0; head < KvHeads; head++)
        {
            new Span<int>(store.Selection!.Positions(head), hitters + recent).ToArray().ShouldBe(heads[head].Held, ignoreOrder: true);
        }
    }

    /// <summary>One KV head by the definition.</summary>
    sealed class Simulation(CacheRun run, int head, int budget, int recent)
    {
        readonly Dictionary<int, double> drawn = [];

        public IEnumerable<int> Held => drawn.Keys;

        public double[] Row(int row)
        {
            if (drawn.Count == budget)
            {
                drawn.Remove(drawn.Where(one => one.Key <= row - recent).OrderBy(one => one.Value).ThenBy(one => one.Key).First().Key);
            }
            drawn[row] = 0;
            int[] held = [.. drawn.Keys];
            (float[] Keys, float[] Values)[] kept = [.. held.Select(p => run.Kept(p, Length - 1, head))];
            double[] y = new double[Heads / KvHeads * Channels];
            for (int q = 0; q < Heads / KvHeads; q++)
            {
                int at = (row * Heads + head * (Heads / KvHeads) + q) * Channels;
                double[] scores = [.. kept.Select(one => one.Keys.Select((key, c) => (double)key * run.Q[at + c]).Sum() / Math.Sqrt(Channels))];
                double top = scores.Max(), total = scores.Sum(s => Math.Exp(s - top));
                for (int i = 0; i < held.Length; i++)
                {
                    double weight = Math.Exp(scores[i] - top) / total;
                    drawn[held[i]] += weight;
                    for (int c = 0; c < Channels; c++)
                    {
                        y[q * Channels + c] += weight * kept[i].Values[c];
                    }
                }
            }
            return y;
        }
    }

    [Theory]
    [InlineData(KvFormat.F16, KvChoice.HeavyHitters)]
    [InlineData(KvFormat.Q4_0, KvChoice.HeavyHitters)]
    [InlineData(KvFormat.F32, KvChoice.Random)]
    public void Any_cut_thread_count_and_path_gives_the_same_bits(KvFormat format, KvChoice choice)
    {
        using CacheRun run = new(48, 10, 2, Length);
        KvRetention kept = new(0, 30) { Chosen = 40, Choice = choice };
        float[] expected = run.Run(run.Store(format, kept), 1, path: SimdPath.Scalar);
        foreach (SimdPath path in Simd.Available)
        {
            foreach ((int cut, int threads) in new[] { (3, 2), (17, 1), (64, 2), (100, 1), (Length, 2) })
            {
                Same(run.Run(run.Store(format, kept), cut, threads, path), expected, $"{path}, {cut} rows a step, {threads} threads");
            }
        }
    }

    [Theory]
    [InlineData(KvFormat.F32)]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8_0)]
    [InlineData(KvFormat.Q4_0)]
    public void A_budget_as_large_as_the_text_changes_nothing(KvFormat format)
    {
        foreach ((int heads, int kvHeads) in new[] { (6, 2), (5, 1), (3, 3) })
        {
            using CacheRun run = new(48, heads, kvHeads, 200);
            float[] expected = run.Run(run.Store(format), 100);
            Same(run.Run(run.Store(format, new KvRetention(0, 100) { Chosen = 100 }), 100), expected, $"{heads} and {kvHeads} heads");
        }
    }

    [Fact]
    public void Random_choices_differ_from_head_to_head_and_keep_what_is_recent()
    {
        using CacheRun run = new(8, 2, 2, Length);
        KvStore store = run.Store(KvFormat.F32, new KvRetention(0, 10) { Chosen = 20, Choice = KvChoice.Random });
        run.Run(store, 50);
        int[][] held = [.. Enumerable.Range(0, 2).Select(head => Held(store, head))];
        held[0].ShouldNotBe(held[1]);
        held.ShouldAllBe(positions => positions.Distinct().Count() == 30 && Enumerable.Range(Length - 10, 10).All(positions.Contains));
    }

    static unsafe int[] Held(KvStore store, int head) => [.. new Span<int>(store.Selection!.Positions(head), store.Selection.Slots).ToArray().Order()];

    [Fact]
    public void Bytes_are_those_of_the_budget()
    {
        using CacheRun run = new(8, 2, 2, Length);
        KvStore store = run.Store(KvFormat.F32, new KvRetention(0, 10) { Chosen = 54 });
        store.Bytes.ShouldBe(2 * 64 * (8 + 16) * 4 + 2 * 64 * 8);
        store.CanRollBack(0).ShouldBeTrue();
        run.Run(store, 50, to: 20);
        store.CanRollBack(19).ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => store.RollBack(19)).Message.ShouldContain("can go back to 0");
    }

    static void Same(float[] actual, float[] expected, string what) =>
        MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan())).ShouldBeTrue(what);
}
