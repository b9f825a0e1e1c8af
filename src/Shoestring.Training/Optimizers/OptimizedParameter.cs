using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>What an optimizer knows of a parameter.</summary>
/// <param name="Name">Its name, as the GGUF file has it.</param>
/// <param name="Rows">Output channels; 1 for a vector.</param>
/// <param name="Columns">Input channels, or the vector's length.</param>
/// <param name="IsMatrix">Whether it is a matrix in groups of 16 rows (<see cref="PackedLayout"/>), not a vector.</param>
public sealed record OptimizedParameter(string Name, int Rows, int Columns, bool IsMatrix)
{
    /// <summary>Groups of 16 rows of a matrix.</summary>
    public int Groups => (Rows + PackedLayout.GroupRows - 1) / PackedLayout.GroupRows;

    /// <summary>Numbers that it takes in memory, padding included.</summary>
    public long Count => IsMatrix ? (long)Groups * PackedLayout.GroupRows * Columns : Columns;

    /// <summary>Where a matrix's element lies among its numbers.</summary>
    /// <param name="row">The output channel.</param>
    /// <param name="column">The input channel.</param>
    public long Place(int row, int column) => IsMatrix
        ? (((long)(row / PackedLayout.GroupRows) * Columns) + column) * PackedLayout.GroupRows + (row % PackedLayout.GroupRows)
        : column;

    /// <summary>How messages call it.</summary>
    public override string ToString() => IsMatrix ? $"{Name} [{Rows}, {Columns}]" : $"{Name} [{Columns}]";
}
