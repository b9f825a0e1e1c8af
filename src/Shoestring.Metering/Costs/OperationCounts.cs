namespace Shoestring.Metering;

/// <summary>
/// Floating-point operations (one multiply-add is two) by the width of the operands that the arithmetic unit multiplied,
/// which is not always the width that the weights are stored in: 16-bit weights that are widened before the product count as
/// <see cref="Float32"/>.
/// </summary>
/// <param name="Float32">Operations on 32-bit floating-point operands.</param>
/// <param name="Float16">Operations on 16-bit floating-point operands of either kind.</param>
/// <param name="Int16">Operations on 16-bit integer operands.</param>
/// <param name="Int8">Operations on 8-bit integer operands.</param>
public readonly record struct OperationCounts(double Float32 = 0, double Float16 = 0, double Int16 = 0, double Int8 = 0)
{
    /// <summary>All operations together.</summary>
    public double Total => Float32 + Float16 + Int16 + Int8;

    /// <summary>Kind by kind.</summary>
    public static OperationCounts operator +(OperationCounts left, OperationCounts right) => new(
        left.Float32 + right.Float32, left.Float16 + right.Float16, left.Int16 + right.Int16, left.Int8 + right.Int8);

    /// <summary>Kind by kind.</summary>
    public static OperationCounts operator *(OperationCounts counts, double factor) =>
        new(counts.Float32 * factor, counts.Float16 * factor, counts.Int16 * factor, counts.Int8 * factor);
}
