using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>A step that rewrites a block's weights: the seam that compression techniques stand on.</summary>
public interface IBlockTransform
{
    /// <summary>What progress lines call it.</summary>
    string Name { get; }

    /// <summary>What it needs to know of the block's inputs.</summary>
    InputNeeds Needs { get; }

    /// <summary>Changes the block's weights, and nothing else.</summary>
    /// <exception cref="InputException">The block cannot be treated so.</exception>
    void Apply(BlockContext context);

    /// <summary>The share of a matrix's weights that it sets to zero, for estimates of what coding then gains.</summary>
    double ZeroShare => 0;

    /// <summary>Whether it removes heads or channels, or makes matrices into products of factors.</summary>
    bool ChangesShape => false;

    /// <summary>A block's shape once it was applied: as it was, unless <see cref="ChangesShape"/>.</summary>
    BlockShape Reshape(ModelConfiguration model, BlockShape shape) => shape;
}

/// <summary>What a transform works on.</summary>
/// <param name="Model">The model's shape.</param>
/// <param name="Block">The block's weights.</param>
/// <param name="Inputs">What was seen of the inputs of its linear layers, those that flow through the blocks as already compressed.</param>
/// <param name="Pool">The threads.</param>
/// <param name="Account">Who counts memory.</param>
/// <param name="Cancellation">Stops the work.</param>
public sealed record BlockContext(
    ModelConfiguration Model, BlockWeights Block, IReadOnlyDictionary<LinearInput, InputStatistics> Inputs,
    WorkerPool Pool, MemoryAccount Account, CancellationToken Cancellation)
{
    /// <summary>The inputs with the matrices that read them, and what was seen of each.</summary>
    public IEnumerable<(LinearInput Input, IReadOnlyList<BlockMatrix> Readers, InputStatistics Seen)> Layers =>
        Inputs.Select(pair => (pair.Key, Block.Readers(pair.Key), pair.Value)).Where(layer => layer.Item2.Count > 0);

    /// <summary>The block's matrices.</summary>
    public IEnumerable<BlockMatrix> Matrices => Block.Matrices.Values.Where(matrix => matrix.IsMatrix);
}
