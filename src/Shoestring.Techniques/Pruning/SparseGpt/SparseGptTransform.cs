using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// SparseGPT (Frantar and Alistarh, arXiv 2301.00774, §3): weights are removed column by column and the columns still to come make up
/// for it. Which ones go is decided block by block, within each row, by the error that it costs: w² / [H⁻¹]ᵢᵢ.
/// </summary>
/// <param name="pattern">How many go.</param>
/// <param name="blockSize">Columns of a block.</param>
/// <param name="damping">Share of the mean diagonal added to the Hessian.</param>
sealed class SparseGptTransform(SparsityPattern pattern, int blockSize, double damping) : IBlockTransform
{
    public string Name => "sparsegpt";

    public InputNeeds Needs => InputNeeds.Products;

    public double ZeroShare => pattern.Sparsity;

    public void Apply(BlockContext context)
    {
        foreach ((_, IReadOnlyList<BlockMatrix> readers, InputStatistics seen) in context.Layers)
        {
            using SymmetricMatrix factor = Hessian.Factor(seen.Products!, damping, null, context.Pool);
            foreach (BlockMatrix matrix in readers)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                matrix.Changed();
                matrix.Zeros ??= new bool[matrix.Values.Length];
                ColumnSweep.Run(matrix.Values, matrix.Columns, factor, () => new Chooser(matrix, pattern, blockSize), context.Pool);
            }
        }
    }

    sealed class Chooser(BlockMatrix matrix, SparsityPattern pattern, int blockSize) : RowChooser
    {
        readonly float[] scores = new float[Math.Min(blockSize, matrix.Columns)];
        readonly bool[] zeros = new bool[Math.Min(blockSize, matrix.Columns)];
        int row, removed;

        // A block of whole patterns.
        public override int GroupColumns => pattern.IsStructured ? Math.Max(1, scores.Length / pattern.Of) * pattern.Of : scores.Length;

        public override void BeginRow(int row) => (this.row, removed) = (row, 0);

        public override void BeginGroup(int column, ReadOnlySpan<double> values, ReadOnlySpan<double> diagonal)
        {
            Span<float> own = scores.AsSpan(0, values.Length);
            for (int i = 0; i < values.Length; i++)
            {
                // U's diagonal is the root of [H⁻¹]ᵢᵢ once the columns before are settled.
                own[i] = (float)(values[i] * values[i] / (diagonal[i] * diagonal[i]));
            }

            Span<bool> marks = zeros.AsSpan(0, values.Length);
            if (pattern.IsStructured)
            {
                pattern.Mark(own, marks);
            }
            else
            {
                // What rounding leaves over goes to the next block, so that a row's share is exact.
                int count = (int)Math.Round(pattern.Sparsity * (column + values.Length)) - removed;
                removed += count;
                SparsityPattern.Smallest(own, count, marks);
            }

            Span<bool> known = matrix.Zeros.AsSpan((row * matrix.Columns) + column, values.Length);
            for (int i = 0; i < marks.Length; i++)
            {
                known[i] |= marks[i];
            }
        }

        public override double Choose(int column, double value) => matrix.Zeros![(row * matrix.Columns) + column] ? 0 : value;

        public override void EndRow(int row)
        {
            // The sweep holds the values; there is no more to keep.
        }
    }
}
