using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// The product of two factors that is nearest to a matrix W. Without inputs it is nearest itself: A = U, B = UᵀW, where U holds
/// the left singular vectors of W of the largest singular values (Eckart and Young, 1936). With inputs X the outputs are: U
/// is then of W·L, where XᵀX = L·Lᵀ, since ‖X(W − W')ᵀ‖ = ‖(W − W')L‖; what is lost is exactly the tail of those singular values
/// (truncation-aware data whitening: Wang et al., SVD-LLM, arXiv 2403.07378, §3). In both cases W' = U·UᵀW, so L is never inverted.
/// </summary>
/// <param name="pool">The threads.</param>
/// <param name="account">Who counts memory.</param>
sealed class LowRankFactors(WorkerPool pool, MemoryAccount account) : IDisposable
{
    // What floats say of W·L ends about here; directions that are this weak add nothing.
    const double Negligible = 1e-6, LeastDamping = 1e-9;
    const int Attempts = 8;

    readonly Operations operations = new(pool, account);

    /// <summary>Lᵀ as what matrices are multiplied with.</summary>
    /// <param name="products">XᵀX, which stays; a little is added to its diagonal where some channels follow from others.</param>
    /// <exception cref="InputException">The inputs are not finite.</exception>
    public PackedMatrix Root(SymmetricMatrix products)
    {
        int size = products.Size;
        int[] order = [.. Enumerable.Range(0, size)];
        double damping = LeastDamping;
        for (int attempt = 0; attempt < Attempts; attempt++, damping *= 10)
        {
            using SymmetricMatrix factor = products.Reordered(order);
            double mean = factor.MeanOfDiagonal();
            factor.AddToDiagonal(mean > 0 ? damping * mean : 1);
            if (factor.Factor(pool))
            {
                return Pack(size, size, (row, values) => Column(factor, row, values));
            }
        }

        throw new InputException("the layers' inputs over the calibration text are not finite", "--calibration", "check that the model gives sensible text, or give another one");
    }

    /// <summary>The factors of a matrix: A <c>[row, rank]</c> and B <c>[rank, column]</c>.</summary>
    /// <param name="matrix">W.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="root">Lᵀ, or null for the nearest product itself.</param>
    public (float[] Out, float[] In) Of(BlockMatrix matrix, int rank, PackedMatrix? root)
    {
        using Plane weights = Copy(matrix.Values, matrix.Columns), whitened = new(root is null ? 1 : matrix.Rows, matrix.Columns, account);
        if (root is not null)
        {
            operations.Multiply(weights.Tensor, root, whitened.Tensor);
        }

        float[] directions = Directions(root is null ? weights.Tensor : whitened.Tensor, rank);
        using Plane left = Copy(directions, matrix.Rows), right = new(rank, matrix.Columns, account);
        using PackedMatrix turned = Pack(Turned(matrix.Values, matrix.Columns), matrix.Rows);
        operations.Multiply(left.Tensor, turned, right.Tensor);
        return (Turned(directions, matrix.Rows), right.Values());
    }

    /// <summary>Left singular vectors of the largest singular values, one a row. <c>[rank, row]</c></summary>
    float[] Directions(Tensor x, int rank)
    {
        bool isWide = x.Rows <= x.Columns;
        using var products = new SymmetricMatrix(Math.Min(x.Rows, x.Columns), account);
        if (isWide)
        {
            using Plane turned = Copy(Turned(Values(x), x.Columns), x.Rows);
            products.AddProducts(turned.Tensor, pool);
        }
        else
        {
            products.AddProducts(x, pool);
        }

        using SymmetricEigen eigen = SymmetricEigen.Of(products, Math.Min(rank, products.Size), pool, account);
        float[] vectors = new float[rank * products.Size];
        int sound = 0;
        for (; sound < Math.Min(rank, products.Size) && eigen.Values[sound] > Negligible * Negligible * eigen.Values[0]; sound++)
        {
            double scale = isWide ? 1 : 1 / Math.Sqrt(eigen.Values[sound]);
            for (int i = 0; i < products.Size; i++)
            {
                vectors[(sound * products.Size) + i] = (float)(scale * eigen.Vector(sound)[i]);
            }
        }

        return isWide || sound == 0 ? Lengthened(vectors, rank * x.Rows) : Lengthened(Turned(Left(x, vectors, sound), sound), rank * x.Rows);
    }

    // From right singular vectors to left ones. Floats leave those of small values off by something of those of large ones: taken
    // in order, they are made orthogonal once more.
    float[] Left(Tensor x, float[] vectors, int count)
    {
        using PackedMatrix right = Pack(vectors.AsSpan(0, count * x.Columns).ToArray(), x.Columns);
        using Plane rough = new(x.Rows, count, account), left = new(x.Rows, count, account);
        operations.Multiply(x, right, rough.Tensor);
        using var overlap = new SymmetricMatrix(count, account);
        overlap.AddProducts(rough.Tensor, pool);
        if (!overlap.Factor(pool))
        {
            throw new InputException("the weights of a matrix are not finite", "weights", "get the model again: such a model gives no answers");
        }

        overlap.InvertLower(pool);
        using PackedMatrix inverse = Pack(count, count, (row, values) => Lower(overlap, row, values));
        operations.Multiply(rough.Tensor, inverse, left.Tensor);
        return left.Values();
    }

    static void Lower(SymmetricMatrix lower, int row, Span<float> values)
    {
        for (int i = 0; i <= row; i++)
        {
            values[i] = (float)lower.Row(row)[i];
        }
    }

    static void Column(SymmetricMatrix lower, int column, Span<float> values)
    {
        for (int i = column; i < values.Length; i++)
        {
            values[i] = (float)lower.Row(i)[column];
        }
    }

    static float[] Lengthened(float[] values, int length)
    {
        Array.Resize(ref values, length);
        return values;
    }

    static float[] Values(Tensor x)
    {
        float[] values = new float[x.Rows * x.Columns];
        for (int row = 0; row < x.Rows; row++)
        {
            x.Row(row).CopyTo(values.AsSpan(row * x.Columns));
        }

        return values;
    }

    static float[] Turned(float[] values, int columns)
    {
        int rows = values.Length / columns;
        float[] turned = new float[values.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                turned[(column * rows) + row] = values[(row * columns) + column];
            }
        }

        return turned;
    }

    Plane Copy(float[] values, int columns)
    {
        Plane plane = new(values.Length / columns, columns, account);
        for (int row = 0; row < plane.Tensor.Rows; row++)
        {
            values.AsSpan(row * columns, columns).CopyTo(plane.Tensor.Row(row));
        }

        return plane;
    }

    delegate void FillRow(int row, Span<float> values);

    PackedMatrix Pack(int rows, int columns, FillRow fill)
    {
        float[] values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            fill(row, values.AsSpan(row * columns, columns));
        }

        return Pack(values, columns);
    }

    PackedMatrix Pack(float[] values, int columns) =>
        PackedMatrix.FromBytes(TensorFormat.F32, values.Length / columns, columns, MemoryMarshal.AsBytes(values.AsSpan()), account);

    public void Dispose() => operations.Dispose();

    /// <summary>A matrix of floats that operations can see.</summary>
    sealed class Plane(int rows, int columns, MemoryAccount account) : IDisposable
    {
        readonly NativeBuffer memory = new((long)rows * columns * sizeof(float), MemoryKind.Scratch, account);

        public Tensor Tensor => new(memory, 0, rows, columns);

        public float[] Values() => LowRankFactors.Values(Tensor);

        public void Dispose() => memory.Dispose();
    }
}
