using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// The head of a model at some positions of a text: how far its probabilities are from those that the original gives there. All in
/// floats, so that what is unchanged differs by nothing.
/// </summary>
sealed class OutputDivergence : IDisposable
{
    // Logits are held twice, beside the probabilities: 100 MB at most.
    const int MostPositions = 512, MostLogits = 1 << 23;

    readonly ModelConfiguration model;
    readonly WorkerPool pool;
    readonly MemoryAccount account = new();
    readonly Operations operations;
    readonly Norm norm;
    readonly NativeBuffer memory;
    readonly float[] head;
    readonly PackedMatrix packed;
    readonly Tensor inputs, logits;
    readonly int[] positions;
    readonly float[] original, probabilities;
    readonly double[] normalizers, divergences;

    /// <param name="source">The model.</param>
    /// <param name="configuration">Its shape.</param>
    /// <param name="rows">Rows of the text, of which some are looked at, evenly spread.</param>
    /// <param name="pool">The threads.</param>
    public OutputDivergence(ModelFile source, ModelConfiguration configuration, int rows, WorkerPool pool)
    {
        (model, this.pool) = (configuration, pool);
        operations = new Operations(pool, account);
        var reader = new TensorReader(source, pool, account);
        norm = BlockLoader.ReadNorm(configuration, reader, "output_norm", configuration.Width);
        reader.Close();
        head = BlockWeights.Decode(source, source.Find(HeadName(configuration))!);
        packed = Pack(head);
        int count = Math.Min(rows, Math.Clamp(MostLogits / configuration.Vocabulary, 64, MostPositions));
        positions = [.. Enumerable.Range(0, count).Select(i => (int)(((2L * i) + 1) * rows / (2L * count)))];
        memory = new NativeBuffer((long)count * (configuration.Width + configuration.Vocabulary) * sizeof(float), MemoryKind.Activations, account);
        inputs = new Tensor(memory, 0, count, configuration.Width);
        logits = new Tensor(memory, (long)count * configuration.Width * sizeof(float), count, configuration.Vocabulary);
        (original, probabilities) = (new float[count * configuration.Vocabulary], new float[count * configuration.Vocabulary]);
        (normalizers, divergences) = (new double[count], new double[count]);
    }

    /// <summary>Positions that are looked at.</summary>
    public int Positions => positions.Length;

    /// <summary>The tensor that gives the logits.</summary>
    public static string HeadName(ModelConfiguration model) => model.TiedEmbeddings ? "token_embd.weight" : "output.weight";

    /// <summary>Takes the residual streams behind the last block as the original's. <c>[row · channel]</c></summary>
    public void SetOriginal(ReadOnlySpan<float> streams)
    {
        Logits(streams, packed);
        pool.Run(new Original(this), positions.Length);
    }

    /// <summary>Mean KL(original ‖ that of these streams), the output matrix rounded to a format or as it is.</summary>
    public double Of(ReadOnlySpan<float> streams, TensorFormat? format = null)
    {
        using PackedMatrix? rounded = format is { } coarser ? Pack(RowRounding.Of(head, model.Width, coarser, pool)) : null;
        Logits(streams, rounded ?? packed);
        pool.Run(new Divergence(this), positions.Length);
        return divergences.Sum() / positions.Length;
    }

    void Logits(ReadOnlySpan<float> streams, PackedMatrix matrix)
    {
        for (int i = 0; i < positions.Length; i++)
        {
            streams.Slice(positions[i] * model.Width, model.Width).CopyTo(inputs.Row(i));
        }

        norm.Forward(operations, inputs, inputs);
        operations.Multiply(inputs, matrix, logits);
    }

    PackedMatrix Pack(float[] values) =>
        PackedMatrix.FromBytes(TensorFormat.F32, model.Vocabulary, model.Width, MemoryMarshal.AsBytes(values.AsSpan()), account);

    public void Dispose()
    {
        packed.Dispose();
        memory.Dispose();
        norm.Dispose();
        operations.Dispose();
    }

    sealed class Original(OutputDivergence owner) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            int first = chunk * owner.model.Vocabulary;
            ReadOnlySpan<float> row = owner.logits.Row(chunk);
            double normalizer = owner.normalizers[chunk] = LogProbabilities.LogSumExp(row);
            row.CopyTo(owner.original.AsSpan(first));
            for (int i = 0; i < row.Length; i++)
            {
                owner.probabilities[first + i] = (float)Math.Exp(row[i] - normalizer);
            }
        }
    }

    // Σ p (ln p − ln q) = Σ p (l − m) + ln Σ eᵐ − ln Σ eˡ with logits l and m.
    sealed class Divergence(OutputDivergence owner) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            int count = owner.model.Vocabulary;
            ReadOnlySpan<float> row = owner.logits.Row(chunk), before = owner.original.AsSpan(chunk * count, count), p = owner.probabilities.AsSpan(chunk * count, count);
            double sum = 0;
            for (int i = 0; i < row.Length; i++)
            {
                sum += p[i] * ((double)before[i] - row[i]);
            }

            owner.divergences[chunk] = Math.Max(0, sum + LogProbabilities.LogSumExp(row) - owner.normalizers[chunk]);
        }
    }
}
