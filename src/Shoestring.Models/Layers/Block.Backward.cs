using Shoestring.Tensors;

namespace Shoestring.Models;

public sealed partial class Block
{
    /// <summary>Computes again all that <see cref="Backward"/> needs of the forward pass, the stream between the halves too.</summary>
    public void Recompute(Step step, int block, Tensor x, Tensor middle)
    {
        Mix(step, block, x, middle);
        if (step.Memory.KeepsFeedForward)
        {
            feedForward.Recompute(step, Normed(step, feedForwardNorm, middle, Activation.FeedForwardInput));
        }
    }

    /// <summary>Computes again what <see cref="Backward"/> needs of the mixer alone.</summary>
    public void RecomputeMixer(Step step, int block, Tensor x) => mixer.Recompute(step, block, Normed(step, mixerNorm, x, Activation.MixerInput));

    /// <summary>Turns the gradient of the residual stream after the block into that before it, in place, and hands over the weights'.</summary>
    /// <param name="step">The step; its memory has kept the rest.</param>
    /// <param name="x">The residual stream before the block. <c>[row, channel]</c></param>
    /// <param name="middle">The same between mixer and feed-forward layer.</param>
    /// <param name="gradient">The gradient. <c>[row, channel]</c></param>
    /// <exception cref="InvalidOperationException">Shortcuts turn the residual stream.</exception>
    public void Backward(Step step, Tensor x, Tensor middle, Tensor gradient)
    {
        if (MixerShortcut is not null || FeedForwardShortcut is not null)
        {
            throw new InvalidOperationException("a block whose shortcuts turn the residual stream has no backward pass: train the model that was sliced");
        }
        // Norms are cheap: what they made is made again instead of kept.
        Tensor inner = step.Memory[Activation.FeedForwardInputGradient, x.Rows, x.Columns];
        FeedBackward(step, middle, gradient, inner);
        feedForwardNorm.Backward(step, middle, inner, gradient, add: true);
        mixer.Backward(step, gradient);
        inner = step.Memory[Activation.MixerInputGradient, x.Rows, x.Columns];
        mixer.BackwardInput(step, Normed(step, mixerNorm, x, Activation.MixerInput), inner);
        mixerNorm.Backward(step, x, inner, gradient, add: true);
    }

    // As many rows at a time as memory was planned for; weights are finished with the last of them.
    void FeedBackward(Step step, Tensor middle, Tensor gradient, Tensor inner)
    {
        int most = Math.Min(step.Memory.FeedForwardRows, middle.Rows);
        for (int first = 0; first < middle.Rows; first += most)
        {
            int rows = Math.Min(most, middle.Rows - first);
            Tensor h = Normed(step, feedForwardNorm, middle.Slice(first, rows), Activation.FeedForwardInput);
            if (!step.Memory.KeepsFeedForward)
            {
                feedForward.Recompute(step, h);
            }
            feedForward.Backward(first + rows < middle.Rows ? step.Unfinished : step, h, gradient.Slice(first, rows), inner.Slice(first, rows));
        }
    }

    static Tensor Normed(Step step, Norm norm, Tensor x, Activation activation)
    {
        Tensor y = step.Memory[activation, x.Rows, x.Columns];
        norm.Forward(step.Operations, x, y);
        return y;
    }

    /// <summary>The linear layers by their names within the block.</summary>
    public IEnumerable<(string Name, Linear Layer)> Linears => mixer.Linears.Concat(feedForward.Linears);

    /// <summary>The norms by their names within the block.</summary>
    public IEnumerable<(string Name, Norm Norm)> Norms => [("attn_norm", mixerNorm), .. mixer.Norms, ("ffn_norm", feedForwardNorm)];
}
