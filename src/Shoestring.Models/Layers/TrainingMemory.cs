using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// The activations of a training step in one arena: what the forward pass makes of a block stays until the backward pass comes to it,
/// as far as the plan keeps it.
/// </summary>
public sealed class TrainingMemory : IActivationMemory, IDisposable
{
    readonly TrainingLayout layout;
    readonly NativeBuffer arena;
    int block;

    /// <summary>Takes the memory of steps of up to <paramref name="rows"/> rows.</summary>
    public TrainingMemory(ModelConfiguration model, int rows, TrainingPlan plan, MemoryAccount account)
    {
        layout = new TrainingLayout(model, rows, plan);
        (Plan, Model) = (plan, model);
        arena = new NativeBuffer(layout.Bytes, MemoryKind.Activations, account);
    }

    /// <summary>The model that it was planned for.</summary>
    public ModelConfiguration Model { get; }

    /// <summary>What it was planned for.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Most rows of a step.</summary>
    public int Rows => layout.Rows;

    /// <summary>Rows of a chunk of logits.</summary>
    public int LogitRows => layout.LogitRows;

    /// <summary>Bytes of the arena.</summary>
    public long Bytes => arena.Bytes;

    /// <inheritdoc/>
    public bool IsContextual => false;

    /// <summary>Bytes that such an arena takes, without taking it.</summary>
    public static long Predict(ModelConfiguration model, int rows, TrainingPlan plan) => new TrainingLayout(model, rows, plan).Bytes;

    /// <summary>Says whose activations are asked for from here on.</summary>
    internal void Enter(int block) => this.block = block;

    /// <summary>The residual stream before a block, or after the last. <c>[row, channel]</c></summary>
    internal Tensor Stream(int block, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Rows);
        return new Tensor(arena, layout.Stream(block), rows, Model.Width);
    }

    /// <inheritdoc/>
    public Tensor this[Activation activation, int rows, int width]
    {
        get
        {
            bool chunk = activation is Activation.HeadInput or Activation.Logits or Activation.HeadInputGradient;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, chunk ? LogitRows : Rows);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(width, layout.Width(activation));
            return new Tensor(arena, layout.Offset(activation, block), rows, width);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
