using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// Rounds one row's columns to the levels of a format whose scales are fitted group by group: as a group is reached, to values
/// that errors before it have been made up for in; or, where columns come in another order than they lie, all before the first.
/// </summary>
/// <param name="matrix">The matrix.</param>
/// <param name="grid">The format.</param>
/// <param name="order">Which column comes when, or null for as they lie.</param>
/// <param name="encoded">Receives the rows' bytes.</param>
sealed class LevelChooser(BlockMatrix matrix, LevelGrid grid, int[]? order, byte[] encoded) : RowChooser
{
    readonly int blockBytes = grid.Format.BlockBytes(), rowBytes = (int)grid.Format.RowBytes(matrix.Columns);
    readonly float[] scales = new float[matrix.Columns / grid.GroupElements], offsets = new float[matrix.Columns / grid.GroupElements];
    readonly byte[] levels = new byte[matrix.Columns];
    readonly float[] block = new float[grid.BlockElements], weights = new float[grid.BlockElements];
    readonly double[] ordered = new double[order is null ? 0 : matrix.Columns], orderedDiagonal = new double[order is null ? 0 : matrix.Columns];
    int row;

    public override int GroupColumns => order is null ? grid.BlockElements : matrix.Columns;

    public override void BeginRow(int row) => this.row = row;

    public override void BeginGroup(int column, ReadOnlySpan<double> values, ReadOnlySpan<double> diagonal)
    {
        if (order is null)
        {
            Fit(column, values, diagonal);
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            (ordered[order[i]], orderedDiagonal[order[i]]) = (values[i], diagonal[i]);
        }

        for (int first = 0; first < values.Length; first += grid.BlockElements)
        {
            Fit(first, ordered.AsSpan(first, grid.BlockElements), orderedDiagonal.AsSpan(first, grid.BlockElements));
        }
    }

    // An error e in a column costs (e / U[i, i])². What is pruned is zero again, whatever it had to make up for.
    void Fit(int first, ReadOnlySpan<double> values, ReadOnlySpan<double> diagonal)
    {
        for (int i = 0; i < block.Length; i++)
        {
            (block[i], weights[i]) = (IsZero(first + i) ? 0 : (float)values[i], (float)(1 / (diagonal[i] * diagonal[i])));
        }

        int group = first / grid.GroupElements;
        grid.Fit(block, weights, Block(first / grid.BlockElements), scales.AsSpan(group, grid.Groups), offsets.AsSpan(group, grid.Groups));
    }

    public override double Choose(int column, double value)
    {
        int own = order?[column] ?? column, group = own / grid.GroupElements;
        levels[own] = (byte)grid.Level(IsZero(own) ? 0 : (float)value, scales[group], offsets[group]);
        return grid.Value(levels[own], scales[group], offsets[group]);
    }

    public override void EndRow(int row)
    {
        for (int i = 0; i < matrix.Columns / grid.BlockElements; i++)
        {
            grid.StoreLevels(levels.AsSpan(i * grid.BlockElements, grid.BlockElements), Block(i));
        }
    }

    bool IsZero(int own) => matrix.Zeros is { } zeros && zeros[((long)row * matrix.Columns) + own];

    Span<byte> Block(int index) => encoded.AsSpan((row * rowBytes) + (index * blockBytes), blockBytes);
}
