using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Brings a block's weights into the formats that they will be written in, and makes its values what those bytes decode to.</summary>
static class BlockEncoder
{
    /// <summary>Encodes what no technique has chosen bytes for, rounding to nearest.</summary>
    /// <exception cref="InputException">A value is not finite, or too large for its format.</exception>
    public static void Encode(BlockWeights block, WorkerPool pool)
    {
        foreach (BlockMatrix matrix in block.Matrices.Values.Where(matrix => matrix.Encoded is null))
        {
            byte[] bytes = new byte[matrix.Format.RowBytes(matrix.Columns) * matrix.Rows];
            pool.Run(new Rows(matrix, bytes), matrix.Rows);
            int bad = Array.FindIndex(matrix.Values, value => !float.IsFinite(value));
            if (bad >= 0)
            {
                throw new InputException($"element {bad} of block {block.Index}'s {matrix.Name} is too large for {matrix.Format.Name()}", "weights", "use BF16 or F32");
            }

            matrix.Encoded = bytes;
        }
    }

    sealed class Rows(BlockMatrix matrix, byte[] bytes) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            int rowBytes = bytes.Length / matrix.Rows;
            Span<byte> row = bytes.AsSpan(chunk * rowBytes, rowBytes);
            matrix.Format.Encode(matrix.Row(chunk), row);
            matrix.Format.Decode(row, matrix.Row(chunk));
        }
    }
}
