namespace Shoestring.Models;

/// <summary>
/// Where blocks come from. A step acquires a block, runs it and releases it; what lies between (all resident, or read from
/// disk in time) is the source's affair.
/// </summary>
public interface IWeightSource : IDisposable
{
    /// <summary>A block, ready to run until it is released.</summary>
    Block Acquire(int block);

    /// <summary>The step has no more need of the block.</summary>
    void Release(int block);
}

/// <summary>All blocks, held in memory.</summary>
public sealed class ResidentWeights(Block[] blocks) : IWeightSource
{
    /// <inheritdoc/>
    public Block Acquire(int block) => blocks[block];

    /// <inheritdoc/>
    public void Release(int block)
    {
        // Resident: nothing to give back.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Block block in blocks)
        {
            block.Dispose();
        }
    }
}
