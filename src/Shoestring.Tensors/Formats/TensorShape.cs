namespace Shoestring.Tensors;

/// <summary>
/// The extents of a tensor, fastest-varying first as GGUF stores them: a weight of a linear layer is
/// <c>[columns = inputs, rows = outputs]</c>. Unused extents are 1.
/// </summary>
public readonly record struct TensorShape(long Columns, long Rows = 1, long Planes = 1, long Volumes = 1)
{
    /// <summary>Number of elements.</summary>
    public long Elements => checked(Columns * Rows * Planes * Volumes);

    /// <summary>Number of extents up to the last that is not 1 (at least 1).</summary>
    public int Rank => Volumes != 1 ? 4 : Planes != 1 ? 3 : Rows != 1 ? 2 : 1;

    /// <summary>Extent <paramref name="index"/>, 0 the fastest-varying.</summary>
    public long this[int index] => index switch { 0 => Columns, 1 => Rows, 2 => Planes, 3 => Volumes, _ => 1 };

    /// <inheritdoc/>
    public override string ToString() => Rank switch
    {
        1 => $"[{Columns}]",
        2 => $"[{Columns}, {Rows}]",
        3 => $"[{Columns}, {Rows}, {Planes}]",
        _ => $"[{Columns}, {Rows}, {Planes}, {Volumes}]",
    };
}
