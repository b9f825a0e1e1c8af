using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>The part of a block that treats each row by itself.</summary>
public interface IFeedForward : IDisposable
{
    /// <summary>y = f(x). Both <c>[row, channel]</c>.</summary>
    void Forward(Step step, Tensor x, Tensor y);

    /// <summary>Computes again what <see cref="Backward"/> needs of <see cref="Forward"/>.</summary>
    void Recompute(Step step, Tensor x);

    /// <summary>The gradients of x and of the weights, from that of y; the step's memory has kept the rest, once. All <c>[row, channel]</c>.</summary>
    void Backward(Step step, Tensor x, Tensor dy, Tensor dx);

    /// <summary>The linear layers by their names within the block.</summary>
    IEnumerable<(string Name, Linear Layer)> Linears { get; }

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
        Recompute(step, x);
        Tensor product = Product(step, x.Rows);
        step.Observer?.Observe(LinearInput.FeedForwardDown, product);
        down.Forward(step, product, y);
    }

    /// <inheritdoc/>
    public void Recompute(Step step, Tensor x)
    {
        Tensor g = step.Memory[Activation.Gate, x.Rows, gate.Outputs], u = step.Memory[Activation.Up, x.Rows, up.Outputs];
        step.Observer?.Observe(LinearInput.FeedForward, x);
        step.Operations.Multiply(x, [gate.First(step, g, Activation.LowRank), up.First(step, u, Activation.SecondLowRank)]);
        gate.Finish(step, x, g, Activation.LowRank);
        up.Finish(step, x, u, Activation.SecondLowRank);
    }

    Tensor Product(Step step, int rows)
    {
        Tensor product = step.Memory[Activation.Product, rows, gate.Outputs];
        step.Operations.SiluMultiply(step.Memory[Activation.Gate, rows, gate.Outputs], step.Memory[Activation.Up, rows, up.Outputs], product);
        return product;
    }

    /// <inheritdoc/>
    public void Backward(Step step, Tensor x, Tensor dy, Tensor dx)
    {
        Tensor g = step.Memory[Activation.Gate, x.Rows, gate.Outputs], u = step.Memory[Activation.Up, x.Rows, up.Outputs];
        Tensor product = Product(step, x.Rows);
        // Each gradient takes the place of what it is the gradient of: nothing reads that any more.
        down.Backward(step, product, dy, product, add: false);
        step.Operations.SiluMultiplyBackward(g, u, product, g, u);
        gate.Backward(step, x, g, dx, add: false);
        up.Backward(step, x, u, dx, add: true);
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Linear Layer)> Linears => [("ffn_gate", gate), ("ffn_up", up), ("ffn_down", down)];

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
        Recompute(step, x);
        Tensor product = Product(step, x.Rows);
        step.Observer?.Observe(LinearInput.FeedForwardDown, product);
        down.Forward(step, product, y);
    }

    /// <inheritdoc/>
    public void Recompute(Step step, Tensor x)
    {
        step.Observer?.Observe(LinearInput.FeedForward, x);
        up.Forward(step, x, step.Memory[Activation.Gate, x.Rows, up.Outputs]);
    }

    Tensor Product(Step step, int rows)
    {
        Tensor product = step.Memory[Activation.Product, rows, up.Outputs];
        step.Operations.Gelu(step.Memory[Activation.Gate, rows, up.Outputs], product);
        return product;
    }

    /// <inheritdoc/>
    public void Backward(Step step, Tensor x, Tensor dy, Tensor dx)
    {
        Tensor product = Product(step, x.Rows), u = step.Memory[Activation.Gate, x.Rows, up.Outputs];
        down.Backward(step, product, dy, product, add: false);
        step.Operations.GeluBackward(u, product, u);
        up.Backward(step, x, u, dx, add: false);
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Linear Layer)> Linears => [("ffn_up", up), ("ffn_down", down)];

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
