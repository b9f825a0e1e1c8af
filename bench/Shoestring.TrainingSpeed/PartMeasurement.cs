using System.Diagnostics;
using Shoestring.Tensors;

namespace Shoestring.TrainingSpeed;

/// <summary>
/// What a step of the 11 M model is made of: each operation at its shape, timed by itself in rounds, times as often as a step calls it. The model is
/// that of <see cref="StepSide"/>; gradients are kept and nothing is computed again.
/// </summary>
sealed class PartMeasurement
{
    const int Width = 384, Hidden = 1024, Vocabulary = 512, Heads = 6, Blocks = 6, Context = 256, Rows = StepSide.Rows;

    readonly MemoryAccount account = new();
    readonly Operations operations;
    readonly List<(string Name, int Times, Action Run, List<double> Seconds)> parts = [];
    ulong seed;

    public PartMeasurement(int threads)
    {
        operations = new Operations(new WorkerPool(threads), account);
        AddProducts("queries, keys, values, output", 4 * Blocks, Width, Width);
        AddProducts("gate, up", 2 * Blocks, Hidden, Width);
        AddProducts("down", Blocks, Width, Hidden);
        AddProducts("head", 1, Vocabulary, Width);
        AddAttention();
        AddRows();
    }

    public void Run(int rounds, TextWriter output)
    {
        for (int round = -1; round < rounds; round++)
        {
            foreach ((_, _, Action run, List<double> seconds) in parts)
            {
                long start = Stopwatch.GetTimestamp();
                run();
                if (round >= 0)
                {
                    seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            }
        }
        double total = parts.Sum(part => part.Times * StepMeasurement.Median(part.Seconds));
        output.WriteLine($"part                                         times   ms each    ms of a step   share of {total * 1e3:F0} ms");
        foreach ((string name, int times, _, List<double> seconds) in parts)
        {
            double each = StepMeasurement.Median(seconds);
            output.WriteLine($"{name,-44} {times,5} {each * 1e3,9:F3} {times * each * 1e3,15:F1} {times * each / total,9:P1}");
        }
    }

    void Add(string name, int times, Action run) => parts.Add((name, times, run, []));

    void AddProducts(string name, int times, int outputs, int inputs)
    {
        Tensor x = Random(inputs), y = Random(outputs), dx = Random(inputs);
        PackedMatrix weights = PackedMatrix.Zeros(outputs, inputs, MemoryKind.Weights, account), gradient = PackedMatrix.Zeros(outputs, inputs, MemoryKind.Gradients, account);
        Fill(weights.Values);
        Add($"{name}: y = x·Wᵀ", times, () => operations.Multiply(x, weights, y));
        Add($"{name}: dx = dy·W", times, () => operations.MultiplyInput(y, weights, dx, add: false));
        Add($"{name}: dW += dyᵀ·x", times, () => operations.MultiplyWeight(x, y, gradient, add: true));
    }

    void AddAttention()
    {
        Tensor q = Random(Width), k = Random(Width), v = Random(Width), y = Random(Width), dy = Random(Width), dq = Random(Width), dk = Random(Width), dv = Random(Width), logSums = Random(Heads);
        RowRange[] documents = [.. Enumerable.Range(0, Rows / Context).Select(i => new RowRange(i * Context, Context))];
        Add("attend", Blocks, () => operations.AttendDocuments(q, k, v, documents, Heads, Heads, 0.125f, 0, y, logSums));
        Add("attend, backward", Blocks, () => operations.AttendDocumentsBackward(q, k, v, y, logSums, dy, documents, Heads, Heads, 0.125f, 0, dq, dk, dv));
        Tensor angles = Random(Width / Heads);
        Add("rotate", 2 * Blocks, () => operations.Rotate(q, angles, Width / Heads, RotaryLayout.Interleaved));
        Add("rotate, backward", 2 * Blocks, () => operations.RotateBackward(q, angles, Width / Heads, RotaryLayout.Interleaved));
    }

    void AddRows()
    {
        Tensor x = Random(Width), y = Random(Width), dx = Random(Width), weight = Random(Width).Slice(0, 1), weightGradient = Random(Width).Slice(0, 1);
        Tensor gate = Random(Hidden), up = Random(Hidden), product = Random(Hidden), dGate = Random(Hidden), dUp = Random(Hidden), logits = Random(Vocabulary);
        int[] targets = [.. Enumerable.Range(0, Rows).Select(i => i % Vocabulary)];
        float[] counts = [.. Enumerable.Repeat(1f, Rows)];
        PackedMatrix table = PackedMatrix.Zeros(Vocabulary, Width, MemoryKind.Weights, account);
        // Norms are computed again in the backward pass, and so is gate times up.
        Add("norm", 4 * Blocks + 1, () => operations.RmsNorm(x, weight, 1e-5f, y));
        Add("norm, backward", 2 * Blocks + 1, () => operations.RmsNormBackward(x, weight, 1e-5f, y, dx, add: true, weightGradient));
        Add("gate times up", 2 * Blocks, () => operations.SiluMultiply(gate, up, product));
        Add("gate times up, backward", Blocks, () => operations.SiluMultiplyBackward(gate, up, product, dGate, dUp));
        Add("sum", 2 * Blocks, () => operations.Add(x, y, dx));
        Add("loss", 1, () => operations.CrossEntropy(logits, targets, counts, 1, gradient: true));
        Add("embedding", 1, () => operations.Embed(table, targets, y));
        Add("embedding, backward", 1, () => operations.EmbedBackward(targets, y, table));
    }

    Tensor Random(int columns)
    {
        Tensor tensor = new(new NativeBuffer((long)Rows * columns * sizeof(float), MemoryKind.Activations, account), 0, Rows, columns);
        for (int row = 0; row < Rows; row++)
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
