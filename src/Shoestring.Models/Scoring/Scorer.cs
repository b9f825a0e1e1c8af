using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Runs a model over given tokens and hands out the logits of the rows that are scored, a few rows at a time, so that the
/// memory does not grow with the text.
/// </summary>
public sealed class Scorer : IDisposable
{
    const int StepRows = 256;
    const int StepLogits = 64;
    readonly LanguageModel model;
    readonly StepMemory memory;
    readonly Step step;
    readonly SequenceState state;

    /// <summary>Room for texts of up to <paramref name="capacity"/> tokens, with a cache in F16 unless asked otherwise.</summary>
    public Scorer(LanguageModel model, Operations operations, int capacity, CacheOptions? cache = null)
    {
        cache ??= new CacheOptions();
        this.model = model;
        memory = new StepMemory(model.Configuration, Math.Min(StepRows, capacity), StepLogits, model.Memory, cache);
        step = new Step(operations, new Batch(), memory);
        state = model.Transformer.CreateState(capacity, cache, model.Memory);
    }

    /// <summary>Receives the logits of one position. <paramref name="logits"/>: <c>[token]</c>, valid during the call.</summary>
    public delegate void LogitsVisitor(int position, Span<float> logits);

    /// <summary>Runs <paramref name="tokens"/> from an empty state and visits positions [<paramref name="first"/>, +<paramref name="count"/>).</summary>
    public void Visit(ReadOnlySpan<int> tokens, int first, int count, LogitsVisitor visitor, CancellationToken cancellation = default)
    {
        state.RollBack(0);
        // What is not scored is the prompt of what is.
        state.Prompt = first;
        int position = 0, end = first + count;
        while (position < end)
        {
            cancellation.ThrowIfCancellationRequested();
            // Rows before the first scored one want no logits; the others come in small steps.
            int rows = position < first ? Math.Min(memory.Rows, first - position) : Math.Min(Math.Min(memory.LogitRows, memory.Rows), end - position);
            step.Batch.Clear();
            step.Batch.Add(state, tokens.Slice(position, rows), position < first ? 0 : rows);
            Tensor logits = model.Transformer.Forward(step);
            for (int i = 0; i < step.Batch.LogitRows.Length; i++)
            {
                visitor(position + i, logits.Row(i));
            }
            position += rows;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        state.Dispose();
        memory.Dispose();
    }
}
