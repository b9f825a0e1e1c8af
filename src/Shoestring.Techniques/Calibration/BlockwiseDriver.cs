using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

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
    public void Run(BlockSpool spool, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation)
    {
        int blocks = configuration.Blocks.Count;
        using ResidualStreams? streams = text is null ? null : new ResidualStreams(source, Largest, formats, text, pool);
        if (streams is not null && spool.Finished > 0)
        {
            spool.LoadStreams(streams.Values);
        }
        else
        {
            streams?.Begin();
        }

        for (int index = spool.Finished; index < blocks; index++)
        {
            BlockWeights block = BlockWeights.Read(source, index, formats);
            Treat(block, streams, pool, progress, cancellation);
            spool.Save(block, streams is null ? [] : streams.Values);
            progress?.Report(new RewriteProgress(index + 1, blocks, "kept"));
        }
    }

    // Heads and channels only become fewer; low-rank layers hold something between their factors.
    ModelConfiguration Largest => configuration with
    {
        Blocks = [.. configuration.Blocks.Select(block => block with { Ranks = transforms.Aggregate(block, (shape, transform) => transform.Reshape(configuration, shape)).Ranks })],
    };

    void Treat(BlockWeights block, ResidualStreams? streams, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation)
    {
        double share = 1.0 / ((2 * transforms.Count) + 1);
        ModelConfiguration model = configuration;
        for (int t = 0; t < transforms.Count; t++)
        {
            IBlockTransform transform = transforms[t];
            using var seen = new StatisticsCollector(transform.Needs, streams?.Rows ?? 0, pool, account);
            if (transform.Needs != InputNeeds.None)
            {
                Report($"looking at what {transform.Name} needs", 2 * t);
                streams!.Look(block, model, seen, cancellation);
            }

            Report(transform.Name, (2 * t) + 1);
            cancellation.ThrowIfCancellationRequested();
            var context = new BlockContext(model, block, seen.Inputs, pool, account, cancellation);
            transform.Apply(context);
            model = model.WithBlock(block.Index, transform.Reshape(model, model.Blocks[block.Index]));
            block.TakeFormats(formats);
        }

        BlockEncoder.Encode(block, pool);
        Report("running the block", 2 * transforms.Count);
        streams?.Flow(block, model, static (_, _) => { }, cancellation);

        void Report(string step, int part) => progress?.Report(new RewriteProgress(block.Index + (part * share), configuration.Blocks.Count, step));
    }
}
