using System.Diagnostics;
using Shoestring.Tensors;

namespace Shoestring.TrainingSpeed;

/// <summary>
/// Times each kernel of a step of the Llama-type model of 11.0 M parameters: vocabulary 512, width 384, 6 heads of 64 channels,
/// feed-forward width 1024, documents of 256 tokens. In every round the machine's peak and all kernels take turns.
/// </summary>
sealed class ProductMeasurement
{
    const int Width = 384, Hidden = 1024, Vocabulary = 512, Heads = 6, Context = 256;

    /// <summary>Operations that a kernel is run for in a round.</summary>
    const double FlopsPerRound = 2e9;

    readonly int rows, threads;
    readonly MemoryAccount account = new();
    readonly Operations operations;
    readonly List<Kernel> kernels = [];
    ulong seed;

    public ProductMeasurement(int rows, int threads)
    {
        (this.rows, this.threads) = (rows, threads);
        operations = new Operations(new WorkerPool(threads), account);
        AddProducts("attention", Width, Width);
        AddProducts("gate, up", Hidden, Width);
        AddProducts("down", Width, Hidden);
        AddProducts("head", Vocabulary, Width);
        AddFrozen(TensorFormat.Q4_0);
        AddFrozen(TensorFormat.Q8_0);
        AddAttention();
    }

    /// <summary>Measures and prints a table.</summary>
    public void Run(int rounds, TextWriter output)
    {
        var peaks = new List<double>();
        for (int round = 0; round <= rounds; round++)
        {
            double peak = MachineProbe.Float32FlopsPerSecond(threads, repeats: 1).Best;
            foreach (Kernel kernel in kernels)
            {
                double rate = Rate(kernel);
                if (round > 0)
                {
                    kernel.Rounds.Add((rate, rate / peak));
                }
            }
            peaks.Add(peak);
        }
        output.WriteLine($"{rows} rows, {threads} threads, {rounds} rounds, {operations.Path}; multiply-add peak {Median(peaks) / 1e9:F0} GFLOP/s (best {peaks.Max() / 1e9:F0})");
        output.WriteLine("kernel                       GFLOP/s median    best   of peak, median    best to best");
        foreach (Kernel kernel in kernels)
        {
            double best = kernel.Rounds.Max(r => r.Rate);
            output.WriteLine($"{kernel.Name,-28} {Median(kernel.Rounds.Select(r => r.Rate)) / 1e9,14:F1} {best / 1e9,7:F1} {Median(kernel.Rounds.Select(r => r.Share)),17:P1} {best / peaks.Max(),15:P1}");
        }
    }

    static double Rate(Kernel kernel)
    {
        int runs = (int)Math.Max(1, FlopsPerRound / kernel.Flops);
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < runs; run++)
        {
            kernel.Run();
        }
        return kernel.Flops * runs / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    void AddProducts(string name, int outputs, int inputs)
    {
        Tensor x = Random(rows, inputs), y = Random(rows, outputs), dx = Random(rows, inputs);
        PackedMatrix weights = PackedMatrix.Zeros(outputs, inputs, MemoryKind.Weights, account), gradient = PackedMatrix.Zeros(outputs, inputs, MemoryKind.Gradients, account);
        Fill(weights.Values);
        long flops = 2L * rows * outputs * inputs;
        kernels.Add(new($"{name} y = x·Wᵀ", flops, () => operations.Multiply(x, weights, y)));
        kernels.Add(new($"{name} dx = dy·W", flops, () => operations.MultiplyInput(y, weights, dx, add: false)));
        kernels.Add(new($"{name} dW += dyᵀ·x", flops, () => operations.MultiplyWeight(x, y, gradient, add: true)));
    }

    /// <summary>The way back through a frozen matrix of a 1.1 B model, a block of 512 rows of it.</summary>
    void AddFrozen(TensorFormat format)
    {
        const int outputs = 2048, inputs = 2048;
        int rows = Math.Min(512, this.rows);
        var values = new float[outputs * inputs];
        Fill(values);
        var bytes = new byte[format.RowBytes(inputs) * outputs];
        format.Encode(values, bytes);
        PackedMatrix weights = PackedMatrix.FromBytes(format, outputs, inputs, bytes, account);
        Tensor dy = Random(rows, outputs), dx = Random(rows, inputs);
        kernels.Add(new($"dx = dy·W, {format}, {rows} rows", 2L * rows * outputs * inputs, () => operations.MultiplyInput(dy, weights, dx, add: false)));
    }

    void AddAttention()
    {
        Tensor q = Random(rows, Width), k = Random(rows, Width), v = Random(rows, Width), y = Random(rows, Width), dy = Random(rows, Width);
        Tensor dq = Random(rows, Width), dk = Random(rows, Width), dv = Random(rows, Width), logSums = Random(rows, Heads);
        RowRange[] documents = [.. Enumerable.Range(0, rows / Context).Select(i => new RowRange(i * Context, Context))];
        const float scale = 0.125f;
        void Forward() => operations.AttendDocuments(q, k, v, documents, Heads, Heads, scale, 0, y, logSums);
        void Backward() => operations.AttendDocumentsBackward(q, k, v, y, logSums, dy, documents, Heads, Heads, scale, 0, dq, dk, dv);
        kernels.Add(new("attend", Count(Forward), Forward));
        kernels.Add(new("attend, backward", Count(Backward), Backward));
    }

    long Count(Action run)
    {
        long before = operations.Counters.Flops;
        run();
        return operations.Counters.Flops - before;
    }

    Tensor Random(int rows, int columns)
    {
        var tensor = new Tensor(new NativeBuffer((long)rows * columns * sizeof(float), MemoryKind.Activations, account), 0, rows, columns);
        for (int row = 0; row < rows; row++)
        {
            Fill(tensor.Row(row));
        }
        return tensor;
    }

    /// <summary>Numbers between −½ and ½, always the same.</summary>
    void Fill(Span<float> values)
    {
        foreach (ref float value in values)
        {
            seed = seed * 6364136223846793005 + 1442695040888963407;
            value = (seed >> 40) * (1f / (1 << 24)) - 0.5f;
        }
    }
}
