using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Makes the matrices of a block into products of two factors.</summary>
/// <param name="name">The technique's id.</param>
/// <param name="options">How.</param>
sealed class LowRankTransform(string name, FactorizationOptions options) : IBlockTransform
{
    public string Name => name;

    public InputNeeds Needs => options.IsWhitened ? InputNeeds.Products : InputNeeds.None;

    public bool ChangesShape => true;

    public BlockShape Reshape(ModelConfiguration model, BlockShape shape)
    {
        IReadOnlyList<LayerShape> layers = LayerShape.Of(model, shape);
        return shape with { Ranks = LayerRanks.Of(layer => layers.FirstOrDefault(one => one.Name == layer) is { } found && !IsFused(layer) ? options.Rank(found) : 0) };
    }

    bool IsFused(string layer) => options.IsFused && layer is "attn_q" or "attn_k" or "attn_v";

    public void Apply(BlockContext context)
    {
        BlockShape shape = Reshape(context.Model, context.Model.Blocks[context.Block.Index]);
        var ranks = LayerShape.Of(context.Model, shape).Where(layer => layer.Rank > 0).ToDictionary(layer => layer.Name + ".weight", layer => layer.Rank, StringComparer.Ordinal);
        using var factors = new LowRankFactors(context.Pool, context.Account);
        foreach (LinearInput input in Enum.GetValues<LinearInput>())
        {
            BlockMatrix[] readers = [.. context.Block.Readers(input).Where(matrix => ranks.ContainsKey(matrix.Name))];
            if (readers.Length == 0)
            {
                continue;
            }

            using PackedMatrix? root = options.IsWhitened ? factors.Root(context.Inputs[input].Products!) : null;
            foreach (BlockMatrix matrix in readers)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                Replace(context.Block, matrix, factors.Of(matrix, ranks[matrix.Name], root));
            }
        }
    }

    static void Replace(BlockWeights block, BlockMatrix matrix, (float[] Out, float[] In) factors)
    {
        string layer = matrix.Name[..^".weight".Length], into = TensorNames.FactorIn(layer), from = TensorNames.FactorOut(layer);
        int rank = factors.In.Length / matrix.Columns;
        block.Matrices.Remove(matrix.Name);
        block.Matrices[into] = new BlockMatrix(into, rank, matrix.Columns, factors.In) { Format = matrix.Format };
        block.Matrices[from] = new BlockMatrix(from, matrix.Rows, rank, factors.Out) { Format = matrix.Format };
    }
}
