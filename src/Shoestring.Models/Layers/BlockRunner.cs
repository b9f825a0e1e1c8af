using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Runs one block at a time over the residual streams of many sequences, so that a model can be gone through layer by layer with
/// one layer's weights in memory.
/// </summary>
public sealed class BlockRunner : IDisposable
{
    readonly ModelConfiguration model;
    readonly MemoryAccount account;
    readonly StepMemory memory;
    readonly Batch batch = new();
    readonly Operations operations;

    /// <summary>Room for sequences of <paramref name="length"/> positions.</summary>
    /// <param name="model">The model, its blocks at their largest.</param>
    /// <param name="operations">Where it runs.</param>
    /// <param name="length">Positions of a sequence.</param>
    /// <param name="account">Who counts the memory.</param>
    public BlockRunner(ModelConfiguration model, Operations operations, int length, MemoryAccount account)
    {
        (this.model, this.operations, this.account, Length) = (model, operations, account, length);
        memory = new StepMemory(model, length, 1, account);
    }

    /// <summary>Positions of a sequence.</summary>
    public int Length { get; }

    /// <summary>Runs a block over one sequence from its first position.</summary>
    /// <param name="block">The block.</param>
    /// <param name="x">The residual stream, changed in place. <c>[position, channel]</c></param>
    /// <param name="observer">Sees the linear layers' inputs, or null.</param>
    public void Run(Block block, Tensor x, IInputObserver? observer)
    {
        using var state = new SequenceState([block.Mixer.CreateState(Length, KvFormat.F32, account)], Length, KvFormat.F32);
        batch.Clear();
        batch.Add(state, new int[x.Rows], 0);
        var step = new Step(operations, batch, memory) { Observer = observer };
        if (model.Rotary is { } rotary)
        {
            Tensor angles = memory[Activation.Angles, x.Rows, 2 * rotary.Frequencies.Length];
            Operations.RotaryTable(batch.Positions, rotary.Frequencies, rotary.Magnitude, angles);
        }

        block.Forward(step, 0, x);
    }

    /// <inheritdoc/>
    public void Dispose() => memory.Dispose();
}
