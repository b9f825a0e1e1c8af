using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>The part of a block that treats each row by itself.</summary>
public interface IFeedForward : IDisposable
{
    /// <summary>y = f(x). Both <c>[row, channel]</c>.</summary>
    void Forward(Step step, Tensor x, Tensor y);

    /// <summary>A copy with some of its neurons, as if the others gave zero.</summary>
    /// <param name="neurons">Those that stay, ascending.</param>
    /// <param name="account">Who counts its memory.</param>
    IFeedForward Gather(int[] neurons, MemoryAccount account);

    /// <summary>Bytes of its weights.</summary>
    long HeldBytes { get; }
}

/// <summary>SwiGLU (Shazeer, arXiv 2002.05202, eq. 6): down(silu(gate(x)) · up(x)).</summary>
/// <param name="gate"><c>[inner, width]</c></param>
/// <param name="up"><c>[inner, width]</c></param>
/// <param name="down"><c>[width, inner]</c></param>
public sealed class GatedFeedForward(Linear gate, Linear up, Linear down) : IFeedForward
{
    /// <inheritdoc/>
    public void Forward(Step step, Tensor x, Tensor y)
    {
        Operations operations = step.Operations;
        Tensor g = step.Memory[Activation.Gate, x.Rows, gate.Outputs], u = step.Memory[Activation.Up, x.Rows, up.Outputs];
        step.Observer?.Observe(LinearInput.FeedForward, x);
        operations.Multiply(x, [gate.First(step, g, Activation.LowRank), up.First(step, u, Activation.SecondLowRank)]);
        gate.Finish(step, g, Activation.LowRank);
        up.Finish(step, u, Activation.SecondLowRank);
        operations.SiluMultiply(g, u, g);
        step.Observer?.Observe(LinearInput.FeedForwardDown, g);
        down.Forward(step, g, y);
    }

    /// <inheritdoc/>
    public IFeedForward Gather(int[] neurons, MemoryAccount account) => new GatedFeedForward(
        GatheredLinear.Outputs(gate, neurons, account), GatheredLinear.Outputs(up, neurons, account), GatheredLinear.Inputs(down, neurons, account));

    /// <inheritdoc/>
    public long HeldBytes => gate.HeldBytes() + up.HeldBytes() + down.HeldBytes();

    /// <inheritdoc/>
    public void Dispose()
    {
        gate.Dispose();
        up.Dispose();
        down.Dispose();
    }
}

/// <summary>The feed-forward layer of GPT-2: down(gelu(up(x))).</summary>
/// <param name="up"><c>[inner, width]</c></param>
/// <param name="down"><c>[width, inner]</c></param>
public sealed class GeluFeedForward(Linear up, Linear down) : IFeedForward
{
    /// <inheritdoc/>
    public void Forward(Step step, Tensor x, Tensor y)
    {
        Operations operations = step.Operations;
        Tensor u = step.Memory[Activation.Gate, x.Rows, up.Outputs];
        step.Observer?.Observe(LinearInput.FeedForward, x);
        up.Forward(step, x, u);
        operations.Gelu(u, u);
        step.Observer?.Observe(LinearInput.FeedForwardDown, u);
        down.Forward(step, u, y);
    }

    /// <inheritdoc/>
    public IFeedForward Gather(int[] neurons, MemoryAccount account) =>
        new GeluFeedForward(GatheredLinear.Outputs(up, neurons, account), GatheredLinear.Inputs(down, neurons, account));

    /// <inheritdoc/>
    public long HeldBytes => up.HeldBytes() + down.HeldBytes();

    /// <inheritdoc/>
    public void Dispose()
    {
        up.Dispose();
        down.Dispose();
    }
}
