using System.Buffers;
using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

/// <summary>
/// The norms of the rows of V = W + s·B·A, for W of any format, row by row: a row of W is decoded, rows of A are added, and squares are
/// summed in double. A chunk is a group of 16 rows. The products of V's rows with A's may be asked for beside them.
/// </summary>
internal sealed unsafe class AdaptedNormsWork : ChunkedWork
{
    PackedMatrix weights = null!;
    float[] a = [], b = [];
    int rank;
    float scale;
    Tensor norms;
    Tensor? products;

    /// <param name="pool">The threads.</param>
    /// <param name="weights">W. <c>[output, input]</c></param>
    /// <param name="a">A. <c>[rank, input]</c></param>
    /// <param name="b">B turned. <c>[rank, output]</c></param>
    /// <param name="scale">s.</param>
    /// <param name="norms">Takes the norms. <c>[1, output]</c></param>
    /// <param name="products">Takes V·Aᵀ turned, or null. <c>[rank, output]</c></param>
    public void Run(WorkerPool pool, PackedMatrix weights, PackedMatrix a, PackedMatrix b, float scale, Tensor norms, Tensor? products)
    {
        (this.weights, this.scale, this.norms, this.products, rank) = (weights, scale, norms, products, a.Rows);
        this.a = Plain(a, this.a);
        this.b = Plain(b, this.b);
        pool.Run(this, weights.Groups);
    }

    static float[] Plain(PackedMatrix matrix, float[] held)
    {
        int length = matrix.Rows * matrix.Columns;
        float[] plain = held.Length >= length ? held : new float[length];
        for (int row = 0; row < matrix.Rows; row++)
        {
            matrix.GetRow(row, plain.AsSpan(row * matrix.Columns, matrix.Columns));
        }
        return plain;
    }

    public override void Run(int chunk, int worker)
    {
        int columns = weights.Columns, last = Math.Min(weights.Rows, (chunk + 1) * PackedLayout.GroupRows);
        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)weights.Layout.RowBytes);
        float[] row = ArrayPool<float>.Shared.Rent(columns);
        try
        {
            for (int output = chunk * PackedLayout.GroupRows; output < last; output++)
            {
                weights.CopyRow(output, bytes);
                weights.Format.Decode(bytes.AsSpan(0, (int)weights.Layout.RowBytes), row.AsSpan(0, columns));
                Row(output, row.AsSpan(0, columns));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<float>.Shared.Return(row);
        }
    }

    void Row(int output, Span<float> row)
    {
        for (int r = 0; r < rank; r++)
        {
            AddScaled(A(r), scale * b[r * weights.Rows + output], row);
        }
        norms.Row(0)[output] = (float)Math.Sqrt(Dot(row, row));
        if (products is { } wanted)
        {
            for (int r = 0; r < rank; r++)
            {
                wanted.Row(r)[output] = (float)Dot(row, A(r));
            }
        }
    }

    ReadOnlySpan<float> A(int r) => a.AsSpan(r * weights.Columns, weights.Columns);

    /// <summary>y += x · factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddScaled(ReadOnlySpan<float> x, float factor, Span<float> y)
    {
        fixed (float* from = x, to = y)
        {
            int i = 0;
            for (; i + 16 <= y.Length; i += 16)
            {
                Lanes256.Store(Lanes256.MultiplyAdd(Lanes256.Load(from + i), Lanes256.Create(factor), Lanes256.Load(to + i)), to + i);
            }
            for (; i < y.Length; i++)
            {
                to[i] = MathF.FusedMultiplyAdd(from[i], factor, to[i]);
            }
        }
    }

    // Four sums, so that the processor need not wait for one addition before the next.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        int i = 0;
        for (; i + 4 <= x.Length; i += 4)
        {
            s0 += (double)x[i] * y[i];
            s1 += (double)x[i + 1] * y[i + 1];
            s2 += (double)x[i + 2] * y[i + 2];
            s3 += (double)x[i + 3] * y[i + 3];
        }
        for (; i < x.Length; i++)
        {
            s0 += (double)x[i] * y[i];
        }
        return s0 + s1 + (s2 + s3);
    }
}
