namespace Shoestring.Tensors.Tests;

/// <summary>Random queries, keys and values of one sequence, run through a cache in steps of any size.</summary>
sealed class CacheRun(int channels, int heads, int kvHeads, int length) : IDisposable
{
    readonly MemoryAccount account = new();
    readonly List<IDisposable> owned = [];
    KvStore? cache;

    public float[] Q { get; } = TestWeights.Normal(length * heads * channels, 1);

    public float[] K { get; } = TestWeights.Normal(length * kvHeads * channels, 2);

    public float[] V { get; } = TestWeights.Normal(length * kvHeads * channels, 3);

    public int Length => length;

    public int Window { get; init; }

    /// <summary>The cache of the latest run.</summary>
    public KvStore Cache => cache!;

    public KvStore Store(KvFormat format, KvRetention retention = default) => Own(new KvStore(kvHeads, channels, length, format, account, retention));

    /// <summary>Outputs <c>[row, head · channel]</c> of all rows, <paramref name="cut"/> a step.</summary>
    public float[] Run(KvStore store, int cut, int threads = 1, SimdPath? path = null, Action<int>? afterRow = null, int from = 0, int to = int.MaxValue)
    {
        cache = store;
        using WorkerPool pool = new(threads);
        using Operations operations = new(pool, account, path);
        List<float> outputs = [];
        for (int start = from; start < Math.Min(length, to); start += cut)
        {
            int rows = Math.Min(cut, Math.Min(length, to) - start);
            using NativeBuffer memory = new((long)rows * (2 * heads + 2 * kvHeads) * channels * 4, MemoryKind.Activations, account);
            Tensor q = From(memory, 0, Q, start, rows, heads * channels), k = From(memory, rows * heads * channels, K, start, rows, kvHeads * channels);
            Tensor v = From(memory, rows * (heads + kvHeads) * channels, V, start, rows, kvHeads * channels);
            Tensor y = new(memory, (long)rows * (heads + 2 * kvHeads) * channels * 4, rows, heads * channels);
            operations.AppendAndAttend(q, k, v, [new AttentionSpan(store, 0, rows, start)], heads, 1 / MathF.Sqrt(channels), Window, y);
            outputs.AddRange(memory.Span<float>(y.Offset, rows * heads * channels));
            afterRow?.Invoke(start + rows - 1);
        }
        return [.. outputs];
    }

    /// <summary>One row's outputs by the definition, in doubles, over the cache as the row sees it now.</summary>
    public double[] Definition(int row)
    {
        double[] y = new double[heads * channels];
        int[] seen = [.. Enumerable.Range(0, row + 1).Where(p => Sees(row, p))];
        for (int h = 0; h < heads; h++)
        {
            (float[] Keys, float[] Values)[] kept = [.. seen.Select(p => Kept(p, row, h / (heads / kvHeads)))];
            int at = (row * heads + h) * channels;
            double[] scores = [.. kept.Select(one => one.Keys.Select((key, c) => (double)key * Q[at + c]).Sum() / Math.Sqrt(channels))];
            double top = scores.Max(), total = scores.Sum(s => Math.Exp(s - top));
            for (int i = 0; i < kept.Length; i++)
            {
                for (int c = 0; c < channels; c++)
                {
                    y[h * channels + c] += Math.Exp(scores[i] - top) / total * kept[i].Values[c];
                }
            }
        }
        return y;
    }

    bool Sees(int row, int position)
    {
        KvRetention kept = Cache.Retention;
        bool drops = kept.Window > 0 && (Window == 0 || Window > kept.Window) && row >= kept.Sinks + kept.Window;
        return drops ? position < kept.Sinks || position > row - kept.Window : Window == 0 || position > row - Window;
    }

    public (float[] Keys, float[] Values) Kept(int position, int row, int head)
    {
        (float[] keys, float[] values) = (new float[channels], new float[channels]);
        Cache.Read(position, row, head, keys, values);
        return (keys, values);
    }

    static Tensor From(NativeBuffer memory, int at, float[] values, int first, int rows, int columns)
    {
        values.AsSpan(first * columns, rows * columns).CopyTo(memory.Span<float>(at * 4L, rows * columns));
        return new Tensor(memory, at * 4L, rows, columns);
    }

    T Own<T>(T resource) where T : IDisposable
    {
        owned.Add(resource);
        return resource;
    }

    public void Dispose() => owned.ForEach(o => o.Dispose());
}
