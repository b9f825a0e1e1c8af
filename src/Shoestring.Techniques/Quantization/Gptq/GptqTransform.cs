using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// GPTQ (Frantar et al., arXiv 2210.17323): rounds a matrix column by column, each time making up for the error by the columns
/// still to come, as well as the inputs seen allow.
/// </summary>
/// <param name="options">How.</param>
sealed class GptqTransform(GptqOptions options) : IBlockTransform
{
    public string Name => "gptq";

    public InputNeeds Needs => InputNeeds.Products;

    public void Apply(BlockContext context)
    {
        foreach ((_, IReadOnlyList<BlockMatrix> readers, InputStatistics seen) in context.Layers)
        {
            int[]? order = options.ActOrder ? Hessian.ByFallingDiagonal(seen.Products!) : null;
            using SymmetricMatrix factor = Hessian.Factor(seen.Products!, options.Damping, order, context.Pool);
            foreach (BlockMatrix matrix in readers)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                Quantize(matrix, factor, order, context.Pool);
            }
        }
    }

    void Quantize(BlockMatrix matrix, SymmetricMatrix factor, int[]? order, WorkerPool pool)
    {
        matrix.Changed();
        if (matrix.Format.IsSparse())
        {
            MagnitudeTransform.PruneTwoOfFour(matrix, pool);
        }

        if (options.Rounding.Bits is { } bits)
        {
            OrderedSweep.Run(matrix, factor, order, () => new UniformChooser(matrix, bits, options.Rounding.GroupSize, order), pool);
        }
        else if (LevelGrid.Exists(matrix.Format))
        {
            LevelGrid grid = LevelGrid.For(matrix.Format);
            byte[] encoded = new byte[matrix.Format.RowBytes(matrix.Columns) * matrix.Rows];
            OrderedSweep.Run(matrix, factor, order, () => new LevelChooser(matrix, grid, order, encoded), pool);
            matrix.Encoded = encoded;
        }
    }
}

/// <summary>A sweep over the columns of a matrix in an order of its own.</summary>
static class OrderedSweep
{
    /// <summary>Changes the matrix's values in place.</summary>
    public static void Run(BlockMatrix matrix, SymmetricMatrix factor, int[]? order, Func<RowChooser> chooser, WorkerPool pool)
    {
        if (order is null)
        {
            ColumnSweep.Run(matrix.Values, matrix.Columns, factor, chooser, pool);
            return;
        }

        float[] ordered = new float[matrix.Values.Length];
        Move(matrix, (from, to, row) => ordered[row + to] = matrix.Values[row + from]);
        ColumnSweep.Run(ordered, matrix.Columns, factor, chooser, pool);
        Move(matrix, (from, to, row) => matrix.Values[row + from] = ordered[row + to]);

        void Move(BlockMatrix shape, Action<int, int, int> move)
        {
            for (int row = 0; row < shape.Values.Length; row += shape.Columns)
            {
                for (int i = 0; i < order.Length; i++)
                {
                    move(order[i], i, row);
                }
            }
        }
    }
}
