using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Rounds a block's matrices to the nearest values there are.</summary>
/// <param name="rounding">What to.</param>
/// <param name="isTentative">Whether a technique that rounds after it takes its place, as after AWQ's scaling.</param>
sealed class RoundTransform(LevelRounding rounding, bool isTentative = false) : IBlockTransform
{
    readonly bool isTentative = isTentative;

    public string Name => "quantize";

    public InputNeeds Needs => InputNeeds.None;

    /// <summary>Whether it does no more than writing in another format does.</summary>
    public bool IsOnlyFormat => rounding.Bits is null;

    /// <summary>The transforms before one that rounds by itself.</summary>
    public static IEnumerable<IBlockTransform> Replaced(IReadOnlyList<IBlockTransform> transforms) =>
        transforms is [.., RoundTransform { isTentative: true }] ? transforms.SkipLast(1) : transforms;

    // The bytes stand until a later transform changes the values.
    public void Apply(BlockContext context)
    {
        if (!IsOnlyFormat)
        {
            foreach (BlockMatrix matrix in context.Matrices)
            {
                matrix.Changed();
                context.Pool.Run(new Rows(matrix, rounding), matrix.Rows);
            }
        }

        BlockEncoder.Encode(context.Block, context.Pool);
    }

    sealed class Rows(BlockMatrix matrix, LevelRounding rounding) : ChunkedWork
    {
        public override void Run(int chunk, int worker) => rounding.Round(matrix.Row(chunk), matrix.Format);
    }
}
