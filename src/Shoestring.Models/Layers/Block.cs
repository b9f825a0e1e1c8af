using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// A transformer block: x += mixer(norm(x)); x += feedForward(norm(x)). Where what is added lies along other directions than x
/// (SliceGPT, arXiv 2401.15024, §3.3), a shortcut turns x first.
/// </summary>
/// <param name="mixerNorm">Before the mixer.</param>
/// <param name="mixer">How rows see each other.</param>
/// <param name="feedForwardNorm">Before the feed-forward layer.</param>
/// <param name="feedForward">What each row does by itself.</param>
public sealed partial class Block(Norm mixerNorm, ITokenMixer mixer, Norm feedForwardNorm, IFeedForward feedForward) : IDisposable
{
    /// <summary>How rows see each other.</summary>
    public ITokenMixer Mixer => mixer;

    /// <summary>Turns the residual stream before the mixer's output is added, or null. <c>[width, width]</c></summary>
    public PackedMatrix? MixerShortcut { get; init; }

    /// <summary>The same of the feed-forward layer.</summary>
    public PackedMatrix? FeedForwardShortcut { get; init; }

    /// <summary>Changes the residual stream <paramref name="x"/> in place. <c>[row, channel]</c></summary>
    public void Forward(Step step, int block, Tensor x) => Forward(step, block, x, x, x);

    /// <summary>The same, keeping what training needs of the residual stream. All <c>[row, channel]</c>, and may be the same memory.</summary>
    /// <param name="step">The step.</param>
    /// <param name="block">The block's number.</param>
    /// <param name="x">The residual stream before the block.</param>
    /// <param name="middle">Takes what it is between mixer and feed-forward layer.</param>
    /// <param name="end">Takes what it is after the block.</param>
    public void Forward(Step step, int block, Tensor x, Tensor middle, Tensor end)
    {
        Mix(step, block, x, middle);
        int most = step.Batch.IsContextual ? x.Rows : step.Memory.FeedForwardRows;
        for (int first = 0; first < x.Rows; first += Math.Min(most, x.Rows))
        {
            int rows = Math.Min(most, x.Rows - first);
            Feed(step, block, middle.Slice(first, rows), end.Slice(first, rows));
        }
    }

    void Feed(Step step, int block, Tensor middle, Tensor end)
    {
        Tensor h = step.Memory[Activation.FeedForwardInput, middle.Rows, middle.Columns], y = step.Memory[Activation.FeedForwardOutput, middle.Rows, middle.Columns];
        feedForwardNorm.Forward(step.Operations, middle, h);
        if (step.Batch.IsContextual)
        {
            ContextualFeedForward.Forward(step, block, feedForward, h, y);
        }
        else
        {
            feedForward.Forward(step, h, y);
        }
        Add(step, FeedForwardShortcut, middle, y, end);
    }

    void Mix(Step step, int block, Tensor x, Tensor middle)
    {
        Tensor h = step.Memory[Activation.MixerInput, x.Rows, x.Columns], y = step.Memory[Activation.MixerOutput, x.Rows, x.Columns];
        mixerNorm.Forward(step.Operations, x, h);
        mixer.Forward(step, block, h, y);
        Add(step, MixerShortcut, x, y, middle);
    }

    static void Add(Step step, PackedMatrix? shortcut, Tensor x, Tensor y, Tensor sum)
    {
        Tensor before = x;
        if (shortcut != null)
        {
            before = step.Memory[Activation.Shortcut, x.Rows, x.Columns];
            step.Operations.Multiply(x, shortcut, before);
        }
        step.Operations.Add(before, y, sum);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mixerNorm.Dispose();
        mixer.Dispose();
        feedForwardNorm.Dispose();
        feedForward.Dispose();
        MixerShortcut?.Dispose();
        FeedForwardShortcut?.Dispose();
    }
}
