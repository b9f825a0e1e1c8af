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
    readonly CompressedActivations? compressed;
    int block;

    /// <summary>Takes the memory of steps of up to <paramref name="rows"/> rows.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">Most rows of a step.</param>
    /// <param name="plan">What it is for.</param>
    /// <param name="account">Who counts it.</param>
    /// <param name="pool">Threads that compress; needed where the plan says so.</param>
    /// <exception cref="InputException">The plan compresses what it also computes again.</exception>
    public TrainingMemory(ModelConfiguration model, int rows, TrainingPlan plan, MemoryAccount account, WorkerPool? pool = null)
    {
        if (plan.IsCompressed && plan.Checkpointing != Checkpointing.None)
        {
            throw new InputException($"activations cannot be compressed by {plan.Compression} and computed again by {plan.Checkpointing} at once", "activation memory", "choose one of the two");
        }
        layout = new TrainingLayout(model, rows, plan);
        (Plan, Model, Reach) = (plan, model, plan.FirstBlock);
        arena = new NativeBuffer(layout.Bytes, MemoryKind.Activations, account);
        if (plan.IsCompressed)
        {
            compressed = new CompressedActivations(layout, plan, model.Blocks.Count, arena, pool ?? throw new ArgumentNullException(nameof(pool)), account);
        }
    }

    /// <summary>The model that it was planned for.</summary>
    public ModelConfiguration Model { get; }

    /// <summary>What it was planned for.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Most rows of a step.</summary>
    public int Rows => layout.Rows;

    /// <summary>Rows of a chunk of logits.</summary>
    public int LogitRows => layout.LogitRows;

    /// <summary>The number of the pass, which roundings are drawn by.</summary>
    public long Pass { get; set; }

    /// <inheritdoc/>
    public bool IsContextual => false;

    /// <inheritdoc/>
    public int FeedForwardRows => Plan.RowsOfFeedForward;

    /// <inheritdoc/>
    public bool KeepsFeedForward => !Plan.ChunksFeedForward;

    /// <summary>
    /// The first block that the backward pass of this step reaches: where fewer weights learn for a while than memory was planned for, a later one
    /// than the plan's.
    /// </summary>
    public int Reach { get; set; }

    /// <summary>Bytes that such an arena takes, without taking it.</summary>
    public static long Predict(ModelConfiguration model, int rows, TrainingPlan plan)
    {
        TrainingLayout layout = new(model, rows, plan);
        return layout.Bytes + (plan.IsCompressed ? CompressedActivations.Predict(layout, plan, model.Blocks.Count) : 0);
    }

    // The last block's is used before anything takes its place.
    bool IsCompressed(int block) => compressed is not null && block >= Plan.FirstBlock && block < Model.Blocks.Count - 1;

    /// <summary>Puts away what a block keeps, where it is compressed.</summary>
    internal void Compress(int block, int rows)
    {
        if (IsCompressed(block))
        {
            compressed!.Compress(block, rows, (ulong)Pass);
        }
    }

    /// <summary>Brings it back; returns whether there was anything to bring back.</summary>
    internal bool Restore(int block, int rows)
    {
        if (!IsCompressed(block))
        {
            return false;
        }
        compressed!.Restore(block, rows);
        return true;
    }

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
            ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, layout.RowsOf(activation));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(width, layout.Width(activation));
            return new Tensor(arena, layout.Offset(activation, block), rows, width);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        compressed?.Dispose();
    }
}
