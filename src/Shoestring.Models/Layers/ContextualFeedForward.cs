using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Runs a feed-forward layer for a batch in which sequences compute, after their prompts, the neurons alone that the prompt chose. A
/// row's neurons are its own sequence's, whatever else is in the batch.
/// </summary>
static class ContextualFeedForward
{
    /// <summary>y = f(x). Both <c>[row, channel]</c>.</summary>
    /// <exception cref="InvalidOperationException">The step's memory was planned for other sequences.</exception>
    public static void Forward(Step step, int block, IFeedForward all, Tensor x, Tensor y)
    {
        if (!step.Memory.IsContextual)
        {
            throw new InvalidOperationException("the step's memory was planned for sequences that compute every neuron; plan it with these sequences' cache options");
        }
        foreach (SequenceRows rows in step.Batch.Sequences)
        {
            NeuronChoice? choice = rows.State.Neurons(block);
            int prompt = rows.State.PromptRows(rows);
            if (prompt > 0)
            {
                Step looking = choice is null ? step : step with { Observer = new Activations(choice, step.Observer) };
                all.Forward(looking, x.Slice(rows.FirstRow, prompt), y.Slice(rows.FirstRow, prompt));
            }
            if (prompt < rows.Rows)
            {
                choice!.Chosen(all).Forward(step, x.Slice(rows.FirstRow + prompt, rows.Rows - prompt), y.Slice(rows.FirstRow + prompt, rows.Rows - prompt));
            }
        }
    }

    /// <summary>What goes into the last projection are the neurons' activations.</summary>
    sealed class Activations(NeuronChoice choice, IInputObserver? other) : IInputObserver
    {
        public void Observe(LinearInput input, Tensor x)
        {
            other?.Observe(input, x);
            if (input == LinearInput.FeedForwardDown)
            {
                choice.Add(x);
            }
        }
    }
}
