using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>How far a blockwise compression is.</summary>
/// <param name="Done">Blocks that are finished, and the part of the next that is.</param>
/// <param name="Blocks">Blocks of the model.</param>
/// <param name="Step">What is being done.</param>
public readonly record struct BlockProgress(double Done, int Blocks, string Step);

/// <summary>
/// Goes through a model block by block: one block's weights as floats, the residual streams of the calibration text before it.
/// Every transform sees the inputs as the blocks before, already compressed, make them; then the block runs once more as it will
/// be written, for the next. Memory is bounded by one block and the streams, whatever the model's size.
/// </summary>
/// <param name="source">The model.</param>
/// <param name="configuration">Its shape.</param>
/// <param name="formats">The format of each tensor to be written, by full name.</param>
/// <param name="transforms">What to do to each block, in order.</param>
/// <param name="text">The calibration text, or null where no transform looks at inputs.</param>
sealed class BlockwiseDriver(
    ModelFile source, ModelConfiguration configuration, IReadOnlyDictionary<string, TensorFormat> formats,
    IReadOnlyList<IBlockTransform> transforms, CalibrationText? text)
{
    readonly MemoryAccount account = new();

    /// <summary>Treats all blocks that the spool does not hold yet.</summary>
    /// <exception cref="InputException">A weight is not finite, a block cannot be treated, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; finished blocks stay in the spool.</exception>
    public void Run(BlockSpool spool, WorkerPool pool, IProgress<BlockProgress>? progress, CancellationToken cancellation)
    {
        int blocks = configuration.Blocks.Count, rows = checked((int)(text?.Tokens ?? 0)), width = configuration.Width;
        using var operations = new Operations(pool, account);
        using var memory = new NativeBuffer((long)rows * width * sizeof(float), MemoryKind.Activations, account);
        var streams = new Tensor(memory, 0, rows, width);
        Span<float> values = memory.Span<float>(0, rows * width);
        if (spool.Finished == 0)
        {
            Embed(streams);
        }
        else
        {
            spool.LoadStreams(values);
        }

        using BlockRunner? runner = text is null ? null : new BlockRunner(configuration, operations, text.Length, account);
        for (int index = spool.Finished; index < blocks; index++)
        {
            BlockWeights block = BlockWeights.Read(source, index, formats);
            Treat(block, streams, runner, pool, operations, progress, cancellation);
            spool.Save(block, values);
            progress?.Report(new BlockProgress(index + 1, blocks, "kept"));
        }
    }

    void Treat(BlockWeights block, Tensor streams, BlockRunner? runner, WorkerPool pool, Operations operations, IProgress<BlockProgress>? progress, CancellationToken cancellation)
    {
        double share = 1.0 / (2 * transforms.Count + 1);
        for (int t = 0; t < transforms.Count; t++)
        {
            IBlockTransform transform = transforms[t];
            using var seen = new StatisticsCollector(transform.Needs, streams.Rows, pool, account);
            if (transform.Needs != InputNeeds.None)
            {
                Report($"looking at what {transform.Name} needs", 2 * t);
                Flow(block, streams, runner!, pool, operations, seen, keep: false, cancellation);
            }

            Report(transform.Name, (2 * t) + 1);
            cancellation.ThrowIfCancellationRequested();
            transform.Apply(new BlockContext(configuration, block, seen.Inputs, pool, account, cancellation));
        }

        BlockEncoder.Encode(block, pool);
        if (runner is not null)
        {
            Report("running the block", 2 * transforms.Count);
            Flow(block, streams, runner, pool, operations, null, keep: true, cancellation);
        }

        void Report(string step, int part) => progress?.Report(new BlockProgress(block.Index + (part * share), configuration.Blocks.Count, step));
    }

    // The streams before the block stay as they are until all that looks at them is done.
    void Flow(BlockWeights weights, Tensor streams, BlockRunner runner, WorkerPool pool, Operations operations, IInputObserver? observer, bool keep, CancellationToken cancellation)
    {
        using var file = new BlockFile(weights, source.Path);
        var reader = new TensorReader(file, pool, account);
        using Block block = BlockLoader.Load(configuration, reader, weights.Index);
        reader.Close();
        using var copy = new NativeBuffer((long)runner.Length * streams.Columns * sizeof(float), MemoryKind.Activations, account);
        for (int sequence = 0; sequence < text!.Sequences.Count; sequence++)
        {
            cancellation.ThrowIfCancellationRequested();
            Tensor rows = streams.Slice(sequence * runner.Length, runner.Length), x = keep ? rows : new Tensor(copy, 0, rows.Rows, rows.Columns);
            if (!keep)
            {
                Operations.Gather(rows, [.. Enumerable.Range(0, rows.Rows)], x);
            }

            runner.Run(block, x, observer);
        }
    }

    // As the model will be written: a coarser embedding is what the first block will really see.
    void Embed(Tensor streams)
    {
        var embedding = new RowReader(source, source.Find("token_embd.weight")!, formats["token_embd.weight"]);
        RowReader? positions = configuration.Rotary is null ? new RowReader(source, source.Find("position_embd.weight")!, formats["position_embd.weight"]) : null;
        for (int row = 0; row < streams.Rows; row++)
        {
            embedding.Read(text!.Sequences[row / text.Length][row % text.Length], streams.Row(row));
            positions?.Add(row % text.Length, streams.Row(row));
        }
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
