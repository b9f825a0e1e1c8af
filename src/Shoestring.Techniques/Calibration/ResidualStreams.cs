using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>The residual streams of a calibration text, which flow through a model's blocks one after the other.</summary>
sealed class ResidualStreams : IDisposable
{
    readonly ModelFile source;
    readonly ModelConfiguration configuration;
    readonly IReadOnlyDictionary<string, TensorFormat> formats;
    readonly CalibrationText text;
    readonly WorkerPool pool;
    readonly MemoryAccount account = new();
    readonly Operations operations;
    readonly NativeBuffer memory, copy;
    readonly Tensor streams;
    readonly BlockRunner runner;

    /// <summary>Room for the streams; see <see cref="Begin"/>.</summary>
    /// <param name="source">The model.</param>
    /// <param name="configuration">Its shape, blocks at their largest.</param>
    /// <param name="formats">The format of each tensor once written: a coarser embedding is what the first block will really see.</param>
    /// <param name="text">The text.</param>
    /// <param name="pool">The threads.</param>
    public ResidualStreams(ModelFile source, ModelConfiguration configuration, IReadOnlyDictionary<string, TensorFormat> formats, CalibrationText text, WorkerPool pool)
    {
        (this.source, this.configuration, this.formats, this.text, this.pool) = (source, configuration, formats, text, pool);
        int rows = checked((int)text.Tokens), width = configuration.Width;
        operations = new Operations(pool, account);
        memory = new NativeBuffer((long)rows * width * sizeof(float), MemoryKind.Activations, account);
        copy = new NativeBuffer((long)text.Length * width * sizeof(float), MemoryKind.Activations, account);
        streams = new Tensor(memory, 0, rows, width);
        runner = new BlockRunner(configuration, operations, text.Length, account);
    }

    /// <summary>Rows: tokens of the text.</summary>
    public int Rows => streams.Rows;

    /// <summary>The rows of one sequence of the text. <c>[position, channel]</c></summary>
    public Tensor Sequence(int sequence) => streams.Slice(sequence * text.Length, text.Length);

    /// <summary>All of it. <c>[token · channel]</c></summary>
    public Span<float> Values => memory.Span<float>(0, streams.Rows * streams.Columns);

    /// <summary>Runs a block over the streams as they are, for what an observer sees; the streams stay.</summary>
    /// <param name="weights">The block.</param>
    /// <param name="configuration">The model, this block as it is now.</param>
    /// <param name="observer">Sees the linear layers' inputs.</param>
    /// <param name="cancellation">Stops it between sequences.</param>
    public void Look(BlockWeights weights, ModelConfiguration configuration, IInputObserver observer, CancellationToken cancellation) =>
        Run(weights, configuration, observer, null, cancellation);

    /// <summary>Runs a block over the streams, which are then those behind it.</summary>
    /// <param name="weights">The block.</param>
    /// <param name="configuration">The model, this block as it is now.</param>
    /// <param name="each">Told each sequence's rows before and after.</param>
    /// <param name="cancellation">Stops it between sequences.</param>
    public void Flow(BlockWeights weights, ModelConfiguration configuration, Action<Tensor, Tensor> each, CancellationToken cancellation) =>
        Run(weights, configuration, null, (rows, x) =>
        {
            each(rows, x);
            Copy(x, rows);
        }, cancellation);

    void Run(BlockWeights weights, ModelConfiguration configuration, IInputObserver? observer, Action<Tensor, Tensor>? after, CancellationToken cancellation)
    {
        using var file = new BlockFile(weights, source.Path);
        var reader = new TensorReader(file, pool, account);
        using Block block = BlockLoader.Load(configuration, reader, weights.Index);
        reader.Close();
        for (int sequence = 0; sequence < text.Sequences.Count; sequence++)
        {
            cancellation.ThrowIfCancellationRequested();
            Tensor rows = streams.Slice(sequence * text.Length, text.Length), x = new(copy, 0, text.Length, streams.Columns);
            Copy(rows, x);
            runner.Run(block, x, observer);
            after?.Invoke(rows, x);
        }
    }

    static void Copy(Tensor from, Tensor to)
    {
        for (int row = 0; row < from.Rows; row++)
        {
            from.Row(row).CopyTo(to.Row(row));
        }
    }

    /// <summary>Fills in the streams before the first block.</summary>
    public void Begin()
    {
        var embedding = new RowReader(source, source.Find("token_embd.weight")!, formats["token_embd.weight"]);
        RowReader? positions = configuration.Rotary is null ? new RowReader(source, source.Find("position_embd.weight")!, formats["position_embd.weight"]) : null;
        for (int row = 0; row < streams.Rows; row++)
        {
            embedding.Read(text.Sequences[row / text.Length][row % text.Length], streams.Row(row));
            positions?.Add(row % text.Length, streams.Row(row));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        runner.Dispose();
        copy.Dispose();
        memory.Dispose();
        operations.Dispose();
    }

    /// <summary>Reads rows of a table as they will be once written in another format.</summary>
    sealed class RowReader(ModelFile source, TensorEntry tensor, TensorFormat format)
    {
        readonly byte[] bytes = new byte[tensor.Format.RowBytes(tensor.Shape.Columns)], encoded = new byte[format.RowBytes(tensor.Shape.Columns)];
        readonly float[] values = new float[tensor.Shape.Columns];

        public void Read(int row, Span<float> target)
        {
            source.Read(tensor, (long)row * bytes.Length, bytes);
            tensor.Format.Decode(bytes, target);
            if (format != tensor.Format)
            {
                format.Encode(target, encoded);
                format.Decode(encoded, target);
            }
        }

        public void Add(int row, Span<float> target)
        {
            Read(row, values);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] += values[i];
            }
        }
    }
}
