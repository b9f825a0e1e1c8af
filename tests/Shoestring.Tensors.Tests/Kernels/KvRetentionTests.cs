using System.Runtime.InteropServices;

namespace Shoestring.Tensors.Tests;

/// <summary>Caches that keep sinks and a window: what rows see of them, and that memory does not grow.</summary>
public sealed class KvRetentionTests
{
    public static TheoryData<KvFormat, int, int, int> Cases()
    {
        TheoryData<KvFormat, int, int, int> cases = [];
        foreach (KvFormat format in new[] { KvFormat.F32, KvFormat.F16, KvFormat.Q4_0, KvFormat.Kivi4 })
        {
            foreach ((int sinks, int window) in new[] { (4, 60), (0, 64), (1, 1), (64, 65), (100, 130), (3, 17) })
            {
                cases.Add(format, sinks, window, 0);
            }
            cases.Add(format, 4, 60, 20);
            cases.Add(format, 4, 60, 60);
            cases.Add(format, 4, 60, 61);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rows_see_sinks_and_a_window_however_the_text_is_cut(KvFormat format, int sinks, int window, int own)
    {
        using CacheRun run = new(16, 4, 2, 400) { Window = own };
        KvRetention kept = new(sinks, window);
        List<double[]> expected = [];
        float[] actual = run.Run(run.Store(format, kept), 1, afterRow: row => expected.Add(run.Definition(row)));
        for (int i = 0; i < actual.Length; i++)
        {
            ((double)actual[i]).ShouldBe(expected[i / 64][i % 64], 5e-6, $"row {i / 64}");
        }
        foreach ((int cut, int threads) in new[] { (3, 1), (17, 2), (64, 1), (100, 2), (400, 2) })
        {
            float[] cuts = run.Run(run.Store(format, kept), cut, threads);
            MemoryMarshal.AsBytes(cuts.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(actual.AsSpan())).ShouldBeTrue($"{cut} rows a step");
        }
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8_0)]
    [InlineData(KvFormat.Kivi2)]
    public void A_window_as_long_as_the_text_changes_nothing(KvFormat format)
    {
        using CacheRun run = new(48, 6, 2, 300);
        float[] expected = run.Run(run.Store(format), 100);
        foreach ((int sinks, int window) in new[] { (0, 300), (4, 296), (300, 1) })
        {
            float[] actual = run.Run(run.Store(format, new KvRetention(sinks, window)), 100);
            MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan())).ShouldBeTrue($"{sinks} and {window}");
        }
    }

    [Fact]
    public void Bytes_do_not_grow_with_the_capacity()
    {
        MemoryAccount account = new();
        foreach (KvFormat format in Enum.GetValues<KvFormat>())
        {
            using KvStore store = new(2, 48, int.MaxValue, format, account, new KvRetention(4, 60)), shorter = new(2, 48, 2000, format, account, new KvRetention(4, 60));
            store.Bytes.ShouldBe(shorter.Bytes);
        }
    }

    [Fact]
    public void More_rows_than_a_page_takes_are_refused_where_pages_turn()
    {
        using MemoryHolder holder = new();
        using WorkerPool pool = new(1);
        using Operations operations = new(pool, holder.Account);
        using KvStore store = new(1, 8, 1000, KvFormat.F16, holder.Account, new KvRetention(4, 60));
        Tensor k = new(holder.Buffer, 0, 20, 8);
        Should.Throw<ArgumentException>(() => operations.Append(k, k, new AttentionSpan(store, 0, 20, 50))).Message.ShouldContain("takes 14 at once");
    }

    sealed class MemoryHolder : IDisposable
    {
        public MemoryHolder() => Buffer = new NativeBuffer(20 * 8 * 4, MemoryKind.Activations, Account);

        public MemoryAccount Account { get; } = new();

        public NativeBuffer Buffer { get; }

        public void Dispose() => Buffer.Dispose();
    }
}
