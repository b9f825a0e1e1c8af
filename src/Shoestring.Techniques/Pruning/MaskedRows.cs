using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Sets the weights of a matrix to zero that matter least by a score, row by row.</summary>
/// <param name="matrix">The matrix, changed in place.</param>
/// <param name="pattern">How many go.</param>
/// <param name="score">Fills in what each weight of a row is worth.</param>
sealed class MaskedRows(BlockMatrix matrix, SparsityPattern pattern, MaskedRows.Score score) : ChunkedWork
{
    /// <summary>Fills <paramref name="scores"/> for the weights of a row.</summary>
    public delegate void Score(ReadOnlySpan<float> row, Span<float> scores);

    /// <summary>Prunes a matrix.</summary>
    public static void Run(BlockMatrix matrix, SparsityPattern pattern, Score score, WorkerPool pool)
    {
        matrix.Changed();
        matrix.Zeros ??= new bool[matrix.Values.Length];
        pool.Run(new MaskedRows(matrix, pattern, score), matrix.Rows);
    }

    public override void Run(int chunk, int worker)
    {
        Span<float> row = matrix.Row(chunk), scores = new float[matrix.Columns];
        Span<bool> zeros = new bool[matrix.Columns], known = matrix.Zeros.AsSpan(chunk * matrix.Columns, matrix.Columns);
        score(row, scores);
        pattern.Mark(scores, zeros);
        for (int i = 0; i < row.Length; i++)
        {
            known[i] |= zeros[i];
            row[i] = known[i] ? 0 : row[i];
        }
    }
}
