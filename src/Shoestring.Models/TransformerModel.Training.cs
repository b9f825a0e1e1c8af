using Shoestring.Tensors;

namespace Shoestring.Models;

public sealed partial class TransformerModel
{
    /// <summary>
    /// The loss of the documents of a step, Σ weight · (log Σ exp logits − the target's logit); with <see cref="Step.Gradients"/> also the
    /// gradients of <c>scale</c> times it. Logits exist for a chunk of rows at a time.
    /// </summary>
    /// <param name="step">Documents, and <see cref="TrainingMemory"/> that was planned with a backward pass where there are gradients.</param>
    /// <param name="rows">What the rows should say.</param>
    /// <param name="loss">What is made of the logits; null for cross-entropy.</param>
    /// <exception cref="ArgumentException">The step has no documents, other memory, or not a target for each row.</exception>
    public double Loss(Step step, LossRows rows, ILogitLoss? loss = null)
    {
        Batch batch = step.Batch;
        if (step.Memory is not TrainingMemory memory || batch.Documents.Length == 0 || rows.Targets.Length != batch.Rows || rows.Weights.Length != batch.Rows)
        {
            throw new ArgumentException($"the loss of {batch.Documents.Length} documents in {batch.Rows} rows with {rows.Targets.Length} targets of {rows.Weights.Length} weights, in {step.Memory.GetType().Name}", nameof(step));
        }
        ForwardBlocks(step, memory);
        double total = HeadLoss(step, memory, rows, loss);
        if (step.Gradients is { } gradients)
        {
            Backward(step, memory);
            EmbeddingBackward(step, memory, gradients);
        }
        return total;
    }

    Tensor Middle(TrainingMemory memory, int rows) => memory[Activation.Middle, rows, Configuration.Width];

    double HeadLoss(Step step, TrainingMemory memory, LossRows rows, ILogitLoss? loss)
    {
        double total = 0;
        int count = step.Batch.Rows;
        for (int first = 0; first < count; first += memory.LogitRows)
        {
            int next = Math.Min(memory.LogitRows, count - first);
            total += ChunkLoss(step, memory, first, next, rows.Slice(first, next), loss);
        }
        if (step.Gradients is { } gradients && !Configuration.TiedEmbeddings)
        {
            gradients.Finish(head);
        }
        return total;
    }

    // The chunk's logits become their own gradient.
    double ChunkLoss(Step step, TrainingMemory memory, int first, int count, LossRows rows, ILogitLoss? loss)
    {
        Operations operations = step.Operations;
        int width = Configuration.Width, all = step.Batch.Rows;
        Tensor x = memory.Stream(Configuration.Blocks.Count, all).Slice(first, count), logits = DocumentLogits(step, first, count);
        bool learns = step.Gradients is not null;
        double value = loss?.Of(operations, logits, rows, first, learns) ?? operations.CrossEntropy(logits, rows.Targets, rows.Weights, rows.Scale, learns);
        if (step.Gradients is { } gradients)
        {
            Tensor inner = memory[Activation.HeadInputGradient, count, width];
            operations.MultiplyInput(logits, head, inner, add: false);
            if (gradients.Of(head) is { } gradient)
            {
                operations.MultiplyWeight(memory[Activation.HeadInput, count, width], logits, gradient, add: true);
            }
            headNorm.Backward(step, x, inner, memory[Activation.ResidualGradient, all, width].Slice(first, count), add: false, last: first + count == all);
        }
        return value;
    }

    void Backward(Step step, TrainingMemory memory)
    {
        int rows = step.Batch.Rows, blocks = Configuration.Blocks.Count;
        Tensor gradient = memory[Activation.ResidualGradient, rows, Configuration.Width];
        for (int b = blocks - 1; b >= memory.Reach; b--)
        {
            Recompute(step, memory, b);
            memory.Enter(b);
            source.Acquire(b).Backward(step, memory.Stream(b, rows), Middle(memory, rows), gradient);
            source.Release(b);
        }
    }

    /// <summary>Before a block's backward pass: makes again what was not kept. What the last block, or the last segment, made is still there.</summary>
    void Recompute(Step step, TrainingMemory memory, int block)
    {
        int rows = step.Batch.Rows, blocks = Configuration.Blocks.Count, segment = memory.Plan.SegmentBlocks(blocks);
        memory.Enter(block);
        if (memory.Restore(block, rows))
        {
            source.Acquire(block).Mixer.RecomputeMixing(step, block, rows);
            source.Release(block);
        }
        if (memory.Plan.Checkpointing is Checkpointing.Mixers or Checkpointing.FeedForward)
        {
            // Feed-forward layers are computed again by the block itself, some rows at a time.
            if (memory.Plan.Checkpointing == Checkpointing.Mixers && block < blocks - 1)
            {
                source.Acquire(block).RecomputeMixer(step, block, memory.Stream(block, rows));
                source.Release(block);
            }
            return;
        }
        int within = (block - memory.Plan.FirstBlock) % segment, first = block - within;
        if (within < segment - 1 || block == blocks - 1)
        {
            return;
        }
        for (int b = first; b <= block; b++)
        {
            memory.Enter(b);
            Block layers = source.Acquire(b);
            if (b < block)
            {
                layers.Forward(step, b, memory.Stream(b, rows), Middle(memory, rows), memory.Stream(b + 1, rows));
            }
            else
            {
                layers.Recompute(step, b, memory.Stream(b, rows), Middle(memory, rows));
            }
            source.Release(b);
        }
    }

    void EmbeddingBackward(Step step, TrainingMemory memory, IGradients gradients)
    {
        Tensor gradient = memory[Activation.ResidualGradient, step.Batch.Rows, Configuration.Width];
        if (positions is not null && gradients.Of(positions) is { } learned)
        {
            step.Operations.EmbedBackward(step.Batch.Positions, gradient, learned);
            gradients.Finish(positions);
        }
        if (gradients.Of(embedding) is { } tokens)
        {
            step.Operations.EmbedBackward(step.Batch.Tokens, gradient, tokens);
            gradients.Finish(embedding);
        }
    }

    /// <summary>The linear layers of blocks by their names in GGUF, without ".weight"; those of fused matrices one by one.</summary>
    public IEnumerable<(string Name, Linear Layer)> Linears
    {
        get
        {
            for (int b = 0; b < Configuration.Blocks.Count; b++)
            {
                foreach ((string name, Linear layer) in source.Acquire(b).Linears)
                {
                    yield return (TensorNames.Block(b, name), layer);
                }
                source.Release(b);
            }
        }
    }

    /// <summary>All weights, each once, in the order of the forward pass.</summary>
    public IEnumerable<NamedWeight> Weights
    {
        get
        {
            yield return new NamedWeight("token_embd.weight", embedding, null);
            if (positions is not null)
            {
                yield return new NamedWeight("position_embd.weight", positions, null);
            }
            for (int b = 0; b < Configuration.Blocks.Count; b++)
            {
                Block block = source.Acquire(b);
                IEnumerable<NamedWeight> weights = block.Norms.SelectMany(norm => norm.Norm.Weights(TensorNames.Block(b, norm.Name)))
                    .Concat(block.Linears.SelectMany(layer => layer.Layer.Weights(TensorNames.Block(b, layer.Name))));
                foreach (NamedWeight weight in weights)
                {
                    yield return weight;
                }
                source.Release(b);
            }
            foreach (NamedWeight weight in headNorm.Weights("output_norm"))
            {
                yield return weight;
            }
            if (!Configuration.TiedEmbeddings)
            {
                yield return new NamedWeight("output.weight", head, null);
            }
        }
    }
}
