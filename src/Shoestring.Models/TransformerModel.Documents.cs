using Shoestring.Tensors;

namespace Shoestring.Models;

// Documents that are only looked at: a teacher's logits, features of texts.
public sealed partial class TransformerModel
{
    /// <summary>Runs a step's documents through all blocks.</summary>
    /// <param name="step">Documents, and <see cref="TrainingMemory"/>.</param>
    /// <returns>The residual stream after the last block, valid until the next step on the same memory. <c>[row, channel]</c></returns>
    /// <exception cref="ArgumentException">The step has no documents, or other memory.</exception>
    public Tensor DocumentStream(Step step)
    {
        if (step.Memory is not TrainingMemory memory || step.Batch.Documents.Length == 0)
        {
            throw new ArgumentException($"{step.Batch.Documents.Length} documents in {step.Memory.GetType().Name}", nameof(step));
        }
        ForwardBlocks(step, memory);
        return memory.Stream(Configuration.Blocks.Count, step.Batch.Rows);
    }

    /// <summary>The logits of some rows of a step whose documents have been run by <see cref="DocumentStream"/>.</summary>
    /// <param name="step">The step.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many; no more than the memory's <see cref="TrainingMemory.LogitRows"/>.</param>
    /// <returns><c>[row, token]</c>, valid until the next call.</returns>
    public Tensor DocumentLogits(Step step, int first, int count)
    {
        var memory = (TrainingMemory)step.Memory;
        Tensor x = memory.Stream(Configuration.Blocks.Count, step.Batch.Rows).Slice(first, count), h = memory[Activation.HeadInput, count, Configuration.Width];
        Tensor logits = memory[Activation.Logits, count, Configuration.Vocabulary];
        headNorm.Forward(step.Operations, x, h);
        step.Operations.Multiply(h, head, logits);
        return logits;
    }

    void ForwardBlocks(Step step, TrainingMemory memory)
    {
        int rows = step.Batch.Rows;
        Embed(step, memory.Stream(0, rows));
        for (int b = 0; b < Configuration.Blocks.Count; b++)
        {
            memory.Enter(b);
            source.Acquire(b).Forward(step, b, memory.Stream(b, rows), Middle(memory, rows), memory.Stream(b + 1, rows));
            source.Release(b);
            if (step.Gradients is not null)
            {
                memory.Compress(b, rows);
            }
        }
    }
}
