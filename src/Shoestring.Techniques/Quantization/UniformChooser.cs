using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// Rounds one row's columns to <see cref="UniformLevels"/>, group by group: bit widths and group sizes that no format of a file
/// holds, so what comes out is stored as floats.
/// </summary>
/// <param name="matrix">The matrix.</param>
/// <param name="bits">Bits of a level.</param>
/// <param name="groupSize">Columns of a group.</param>
/// <param name="order">Which column comes when, or null for as they lie.</param>
sealed class UniformChooser(BlockMatrix matrix, int bits, int groupSize, int[]? order) : RowChooser
{
    readonly UniformLevels[] groups = new UniformLevels[(matrix.Columns + groupSize - 1) / groupSize];
    int row;

    public override int GroupColumns => order is null ? groupSize : matrix.Columns;

    public override void BeginRow(int row) => this.row = row;

    public override void BeginGroup(int column, ReadOnlySpan<double> values, ReadOnlySpan<double> diagonal)
    {
        if (order is null)
        {
            groups[column / groupSize] = UniformLevels.Fit(values, bits);
            return;
        }

        Span<double> own = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            own[order[i]] = values[i];
        }

        for (int first = 0; first < values.Length; first += groupSize)
        {
            groups[first / groupSize] = UniformLevels.Fit<double>(own.Slice(first, Math.Min(groupSize, values.Length - first)), bits);
        }
    }

    public override double Choose(int column, double value)
    {
        int own = order?[column] ?? column;
        bool isZero = matrix.Zeros is { } zeros && zeros[((long)row * matrix.Columns) + own];
        return isZero ? 0 : (float)groups[own / groupSize].Round(value);
    }

    public override void EndRow(int row)
    {
        // The values are all there is: no bytes of a format hold them.
    }
}
