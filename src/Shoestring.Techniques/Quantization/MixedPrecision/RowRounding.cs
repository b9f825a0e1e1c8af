using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Rounds the rows of a matrix to the nearest values of a format.</summary>
/// <param name="values">The values, changed in place. <c>[row, column]</c></param>
/// <param name="columns">Columns.</param>
/// <param name="format">The format.</param>
sealed class RowRounding(float[] values, int columns, TensorFormat format) : ChunkedWork
{
    static readonly LevelRounding nearest = new(null);

    /// <summary>A matrix's values as a format keeps them.</summary>
    public static float[] Of(float[] values, int columns, TensorFormat format, WorkerPool pool)
    {
        float[] rounded = [.. values];
        pool.Run(new RowRounding(rounded, columns, format), rounded.Length / columns);
        return rounded;
    }

    public override void Run(int chunk, int worker) => nearest.Round(values.AsSpan(chunk * columns, columns), format);
}
