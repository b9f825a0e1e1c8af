using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// The length of all gradients as one vector. Sums of fixed pieces are added in the order of the pieces, so that threads make no
/// difference.
/// </summary>
/// <param name="pool">The threads.</param>
public sealed class GradientNorm(WorkerPool pool)
{
    readonly SquareWork work = new();

    /// <summary>Σ g², in double precision; not finite where a number is not.</summary>
    /// <param name="gradient">The gradient.</param>
    public double SumOfSquares(FlatValues gradient)
    {
        work.Prepare(gradient);
        pool.Run(work, work.Chunks);
        return work.Total();
    }

    /// <summary>What gradients are multiplied by so that their norm is at most <paramref name="limit"/> (Pascanu et al., arXiv 1211.5063, algorithm 1).</summary>
    /// <param name="norm">Their norm.</param>
    /// <param name="limit">The limit; 0 for none.</param>
    public static double ClipFactor(double norm, double limit) => limit > 0 && norm > limit ? limit / norm : 1;

    sealed class SquareWork : ChunkedWork
    {
        const int ChunkNumbers = 1 << 15;
        double[] sums = [];
        FlatValues values;

        public int Chunks { get; private set; }

        public void Prepare(FlatValues next)
        {
            values = next;
            Chunks = checked((int)((next.Count + ChunkNumbers - 1) / ChunkNumbers));
            if (sums.Length < Chunks)
            {
                sums = new double[Chunks];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int chunk, int worker)
        {
            long start = (long)chunk * ChunkNumbers;
            ReadOnlySpan<float> numbers = values.Span(start, (int)Math.Min(ChunkNumbers, values.Count - start));
            Vector512<double> even = default, odd = default;
            int i = 0;
            for (; i + 16 <= numbers.Length; i += 16)
            {
                (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(numbers), (nuint)i));
                even += low * low;
                odd += high * high;
            }

            Vector512<double> both = even + odd;
            Vector256<double> four = both.GetLower() + both.GetUpper();
            Vector128<double> two = four.GetLower() + four.GetUpper();
            double sum = two[0] + two[1];
            for (; i < numbers.Length; i++)
            {
                sum += (double)numbers[i] * numbers[i];
            }

            sums[chunk] = sum;
        }

        public double Total()
        {
            double total = 0;
            for (int chunk = 0; chunk < Chunks; chunk++)
            {
                total += sums[chunk];
            }

            return total;
        }
    }
}
