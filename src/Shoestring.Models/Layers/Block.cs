using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>A transformer block: x += mixer(norm(x)); x += feedForward(norm(x)).</summary>
/// <param name="mixerNorm">Before the mixer.</param>
/// <param name="mixer">How rows see each other.</param>
/// <param name="feedForwardNorm">Before the feed-forward layer.</param>
/// <param name="feedForward">What each row does by itself.</param>
public sealed class Block(Norm mixerNorm, ITokenMixer mixer, Norm feedForwardNorm, IFeedForward feedForward) : IDisposable
{
    /// <summary>How rows see each other.</summary>
    public ITokenMixer Mixer => mixer;

    /// <summary>Changes the residual stream <paramref name="x"/> in place. <c>[row, channel]</c></summary>
    public void Forward(Step step, int block, Tensor x)
    {
        Tensor h = step.Memory[Activation.MixerInput, x.Rows, x.Columns], y = step.Memory[Activation.MixerOutput, x.Rows, x.Columns];
        mixerNorm.Forward(step.Operations, x, h);
        mixer.Forward(step, block, h, y);
        step.Operations.Add(x, y, x);

        h = step.Memory[Activation.FeedForwardInput, x.Rows, x.Columns];
        y = step.Memory[Activation.FeedForwardOutput, x.Rows, x.Columns];
        feedForwardNorm.Forward(step.Operations, x, h);
        if (step.Batch.IsContextual)
        {
            ContextualFeedForward.Forward(step, block, feedForward, h, y);
        }
        else
        {
            feedForward.Forward(step, h, y);
        }
        step.Operations.Add(x, y, x);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mixerNorm.Dispose();
        mixer.Dispose();
        feedForwardNorm.Dispose();
        feedForward.Dispose();
    }
}
