using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>
/// Eigenvalues and eigenvectors of a symmetric matrix: Householder reflections make it tridiagonal, implicit QL takes that apart
/// (Golub and Van Loan, Matrix Computations, §8.3; Dubrulle, Martin and Wilkinson, The Implicit QL Algorithm, 1968). The
/// rotations are gathered and applied many at a time to slices of the vectors that stay in a core's cache. Work is cut by shape
/// alone, so results do not depend on the number of threads.
/// </summary>
public sealed unsafe class SymmetricEigen : IDisposable
{
    const int Lanes = 32;
    const int RowsPerChunk = 32;
    const int VectorsPerChunk = 8;

    readonly NativeBuffer vectors;
    readonly int size;

    SymmetricEigen(double[] values, NativeBuffer vectors, int size) => (Values, this.vectors, this.size) = (values, vectors, size);

    /// <summary>All eigenvalues, falling.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>The unit eigenvector of the eigenvalue of that number. <c>[channel]</c></summary>
    public ReadOnlySpan<double> Vector(int number) => vectors.Span<double>((long)number * size * sizeof(double), size);

    /// <summary>Bytes that <see cref="Of"/> takes at most, the vectors that it returns among them.</summary>
    /// <param name="size">Rows and columns.</param>
    /// <param name="count">Eigenvectors that are wanted.</param>
    public static long Bytes(int size, int count) => (Slices.Doubles(size) + Math.Max(1, (long)count * size)) * sizeof(double);

    /// <summary>Takes a matrix apart, whose contents are lost.</summary>
    /// <param name="matrix">The matrix; finite.</param>
    /// <param name="count">Eigenvectors that are wanted, those of the largest eigenvalues.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="account">Who counts the memory: size² doubles besides the vectors.</param>
    public static SymmetricEigen Of(SymmetricMatrix matrix, int count, WorkerPool pool, MemoryAccount account)
    {
        int size = matrix.Size;
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, size);
        Mirror(matrix);
        var tridiagonal = new Tridiagonal(matrix, pool);
        tridiagonal.Reduce();
        using var slices = new Slices(size, pool, account);
        new ImplicitQl(tridiagonal.Diagonal, tridiagonal.Below, slices).Run();
        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => tridiagonal.Diagonal[i]).ThenBy(i => i)];
        var vectors = new NativeBuffer(Math.Max(1, (long)count * size) * sizeof(double), MemoryKind.Scratch, account);
        pool.Run(new BackTransform(tridiagonal, slices, order, count, (double*)vectors.Pointer), (count + VectorsPerChunk - 1) / VectorsPerChunk);
        return new SymmetricEigen([.. order.Select(i => tridiagonal.Diagonal[i])], vectors, size);
    }

    // What lies right of the diagonal, by symmetry.
    static void Mirror(SymmetricMatrix matrix)
    {
        for (int i = 0; i < matrix.Size; i++)
        {
            for (int j = 0; j < i; j++)
            {
                matrix.Row(j)[i] = matrix.Row(i)[j];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => vectors.Dispose();

    /// <summary>QᵀAQ is tridiagonal; reflection k is I − τₖ·v·vᵀ, v left in row k right of the diagonal.</summary>
    sealed class Tridiagonal(SymmetricMatrix matrix, WorkerPool pool)
    {
        readonly int size = matrix.Size;
        double[] w = new double[matrix.Size], p = new double[matrix.Size];

        public double[] Diagonal { get; } = new double[matrix.Size];

        /// <summary>Element i stands below diagonal element i.</summary>
        public double[] Below { get; } = new double[matrix.Size];

        public double[] Factors { get; } = new double[matrix.Size];

        public double* Row(int row) => matrix.Pointer + (long)row * size;

        // The update of one reflection and the product with the next one's vector share a pass over what is left of the matrix.
        public void Reduce()
        {
            for (int k = 0; k < size; k++)
            {
                UpdateRow(k);
                Diagonal[k] = Row(k)[k];
                int left = size - k - 1;
                if (left == 0)
                {
                    break;
                }

                Reflect(k);
                pool.Run(new Pass(this, k), (left + RowsPerChunk - 1) / RowsPerChunk);
                FinishVector(k);
            }
        }

        // What the reflection before does to the row that the next one is made of.
        void UpdateRow(int row)
        {
            if (row > 0)
            {
                double* v = Row(row - 1);
                fixed (double* w = this.w)
                {
                    DoubleLoops.Subtract(Row(row) + row, v[row], w + row, w[row], v + row, size - row);
                }
            }
        }

        void Reflect(int k)
        {
            double* v = Row(k) + k + 1;
            int length = size - k - 1;
            double rest = DoubleLoops.Dot(v + 1, v + 1, length - 1), first = v[0];
            if (rest == 0)
            {
                (Below[k], Factors[k]) = (first, 0);
                return;
            }

            double norm = Math.Sqrt(first * first + rest), head = first + Math.CopySign(norm, first);
            (Below[k], Factors[k]) = (-Math.CopySign(norm, first), 2 * head * head / (head * head + rest));
            v[0] = 1;
            for (int i = 1; i < length; i++)
            {
                v[i] /= head;
            }
        }

        void FinishVector(int k)
        {
            double* v = Row(k);
            double factor = Factors[k], sum = 0;
            for (int i = k + 1; i < size; i++)
            {
                p[i] *= factor;
                sum += p[i] * v[i];
            }

            for (int i = k + 1; i < size; i++)
            {
                p[i] -= factor / 2 * sum * v[i];
            }

            (w, p) = (p, w);
        }

        sealed class Pass(Tridiagonal owner, int k) : ChunkedWork
        {
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            public override void Run(int chunk, int worker)
            {
                int first = k + 1 + (chunk * RowsPerChunk), end = Math.Min(owner.size, first + RowsPerChunk), length = owner.size - k - 1;
                double* next = owner.Row(k) + k + 1;
                fixed (double* w = owner.w)
                {
                    for (int i = first; i < end; i++)
                    {
                        double* row = owner.Row(i) + k + 1;
                        if (k > 0)
                        {
                            double* v = owner.Row(k - 1);
                            DoubleLoops.Subtract(row, v[i], w + k + 1, w[i], v + k + 1, length);
                        }

                        owner.p[i] = owner.Factors[k] == 0 ? 0 : DoubleLoops.Dot(row, next, length);
                    }
                }
            }
        }
    }

    /// <summary>The eigenvectors of the tridiagonal matrix, as slices of a few channels of all of them. <c>[slice, vector, lane]</c></summary>
    sealed class Slices : IDisposable
    {
        readonly NativeBuffer memory;
        readonly WorkerPool pool;
        readonly int size;

        public Slices(int size, WorkerPool pool, MemoryAccount account)
        {
            (this.size, this.pool) = (size, pool);
            memory = new NativeBuffer(Doubles(size) * sizeof(double), MemoryKind.Scratch, account);
            for (int i = 0; i < size; i++)
            {
                Slice(i / Lanes)[((long)i * Lanes) + (i % Lanes)] = 1;
            }
        }

        public static long Doubles(int size) => (size + Lanes - 1L) / Lanes * size * Lanes;

        int Count => (size + Lanes - 1) / Lanes;

        public int Size => size;

        double* Slice(int slice) => (double*)memory.Pointer + (long)slice * size * Lanes;

        public void Apply(List<Rotation> rotations) => pool.Run(new Turn(this, rotations), Count);

        public void Read(int vector, double* target)
        {
            for (int i = 0; i < size; i++)
            {
                target[i] = Slice(i / Lanes)[((long)vector * Lanes) + (i % Lanes)];
            }
        }

        public void Dispose() => memory.Dispose();

        sealed class Turn(Slices owner, List<Rotation> rotations) : ChunkedWork
        {
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            public override void Run(int chunk, int worker)
            {
                double* slice = owner.Slice(chunk);
                foreach (Rotation turn in CollectionsMarshal.AsSpan(rotations))
                {
                    double* one = slice + ((long)turn.Vector * Lanes);
                    DoubleLoops.Rotate(one, one + Lanes, turn.Cosine, turn.Sine);
                }
            }
        }
    }

    /// <summary>Vectors i and i + 1 turn: i becomes c·i − s·(i+1), and i + 1 becomes s·i + c·(i+1).</summary>
    readonly record struct Rotation(int Vector, double Cosine, double Sine);

    /// <summary>Implicit QL on a tridiagonal matrix; its diagonal becomes the eigenvalues.</summary>
    sealed class ImplicitQl(double[] d, double[] e, Slices slices)
    {
        const int MostSweeps = 100;
        const int Together = 1 << 16;

        readonly List<Rotation> rotations = [];

        public void Run()
        {
            double norm = Enumerable.Range(0, d.Length).Max(i => Math.Abs(d[i]) + Math.Abs(e[i])), negligible = double.Epsilon + (norm * Math.Pow(2, -53));
            for (int first = 0; first < d.Length; first++)
            {
                int last, sweeps = 0;
                while ((last = End(first, negligible)) > first)
                {
                    if (sweeps++ == MostSweeps)
                    {
                        throw new InvalidOperationException($"eigenvalue {first} of {d.Length} is not found within {MostSweeps} sweeps: are all elements finite?");
                    }

                    Sweep(first, last);
                    Flush(Together);
                }
            }

            Flush(1);
        }

        // The last of the rows that hang together with the first.
        int End(int first, double negligible)
        {
            int last = first;
            while (last < d.Length - 1 && !(Math.Abs(e[last]) <= negligible))
            {
                last++;
            }

            return last;
        }

        void Sweep(int first, int last)
        {
            double shift = (d[first + 1] - d[first]) / (2 * e[first]);
            double g = d[last] - d[first] + (e[first] / (shift + Math.CopySign(Math.Sqrt((shift * shift) + 1), shift)));
            (double sine, double cosine, double moved) = (1, 1, 0);
            for (int i = last - 1; i >= first; i--)
            {
                double f = sine * e[i], b = cosine * e[i], r = Math.Sqrt((f * f) + (g * g));
                e[i + 1] = r;
                if (r == 0)
                {
                    d[i + 1] -= moved;
                    e[last] = 0;
                    return;
                }

                (sine, cosine) = (f / r, g / r);
                g = d[i + 1] - moved;
                r = ((d[i] - g) * sine) + (2 * cosine * b);
                moved = sine * r;
                d[i + 1] = g + moved;
                g = (cosine * r) - b;
                rotations.Add(new Rotation(i, cosine, sine));
            }

            d[first] -= moved;
            e[first] = g;
            e[last] = 0;
        }

        void Flush(int least)
        {
            if (rotations.Count >= least)
            {
                slices.Apply(rotations);
                rotations.Clear();
            }
        }
    }

    /// <summary>From eigenvectors of the tridiagonal matrix to those of the matrix: the reflections, last to first.</summary>
    sealed class BackTransform(Tridiagonal reflections, Slices slices, int[] order, int count, double* target) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            int first = chunk * VectorsPerChunk, end = Math.Min(count, first + VectorsPerChunk), size = slices.Size;
            for (int i = first; i < end; i++)
            {
                slices.Read(order[i], target + ((long)i * size));
            }

            for (int k = size - 2; k >= 0; k--)
            {
                double* v = reflections.Row(k) + k + 1;
                for (int i = first; i < end && reflections.Factors[k] != 0; i++)
                {
                    double* part = target + ((long)i * size) + k + 1;
                    DoubleLoops.AddScaled(part, -reflections.Factors[k] * DoubleLoops.Dot(part, v, size - k - 1), v, size - k - 1);
                }
            }
        }
    }
}
