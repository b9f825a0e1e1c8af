using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>How MeZO is set (Malladi et al., arXiv 2305.17333).</summary>
public sealed record MezoOptions
{
    /// <summary>ε, how far weights are moved. Default 1e-3 (arXiv 2305.17333, appendix D).</summary>
    public double Epsilon { get; init; } = 1e-3;

    /// <summary>The learning rate where none is given: 1e-6 (arXiv 2305.17333, appendix D, for whole models).</summary>
    public const double UsualLearningRate = 1e-6;
}

/// <summary>What a MeZO step saw.</summary>
/// <param name="Loss">The mean of both losses.</param>
/// <param name="ProjectedGradient">Slope of the loss along the random direction.</param>
public readonly record struct MezoResult(double Loss, double ProjectedGradient);

/// <summary>
/// MeZO (Malladi et al., arXiv 2305.17333, algorithm 1): the slope of the loss along a random direction, from two forward passes, and
/// a step along it. The direction is never kept: its numbers are counted out again each time, so training holds what inference holds.
/// A direction that is added, taken off twice and added again leaves a weight within 2 units in the last place of the largest of
/// |w| and |w ± εz|, since each of the three sums rounds once.
/// </summary>
public sealed class Mezo
{
    readonly IReadOnlyList<OptimizedParameter> parameters;
    readonly Func<int, FlatValues> weights;
    readonly MezoOptions options;
    readonly ulong seed;
    readonly WorkerPool pool;
    readonly DirectionWork work = new();

    /// <summary>MeZO on some parameters.</summary>
    /// <param name="parameters">What is trained.</param>
    /// <param name="weights">The numbers of a parameter, 32 bits each, by its place in the list.</param>
    /// <param name="options">How it is set.</param>
    /// <param name="seed">Where directions start.</param>
    /// <param name="pool">The threads.</param>
    public Mezo(IReadOnlyList<OptimizedParameter> parameters, Func<int, FlatValues> weights, MezoOptions options, ulong seed, WorkerPool pool) =>
        (this.parameters, this.weights, this.options, this.seed, this.pool) = (parameters, weights, options, seed, pool);

    /// <summary>How often a step goes through all weights.</summary>
    public const int Moves = 4;

    /// <summary>Bytes of state: none.</summary>
    public const long StateBytes = 0;

    /// <summary>One step.</summary>
    /// <param name="step">Its number, which names the direction.</param>
    /// <param name="learningRate">The rate of now.</param>
    /// <param name="loss">The loss of the same batch with the weights as they are.</param>
    public MezoResult Step(long step, double learningRate, Func<double> loss)
    {
        Move(step, options.Epsilon);
        double above = loss();
        Move(step, -2 * options.Epsilon);
        double below = loss();
        Move(step, options.Epsilon);
        double slope = (above - below) / (2 * options.Epsilon);
        if (double.IsFinite(slope))
        {
            Move(step, -learningRate * slope);
        }

        return new MezoResult((above + below) / 2, slope);
    }

    /// <summary>Adds a multiple of a step's direction to the weights.</summary>
    /// <param name="step">The step.</param>
    /// <param name="factor">The multiple.</param>
    public void Move(long step, double factor)
    {
        for (int i = 0; i < parameters.Count; i++)
        {
            work.Prepare(parameters[i], weights(i), factor, seed, ((ulong)(uint)i << 44) | (ulong)step);
            pool.Run(work, work.Chunks);
        }
    }

    sealed class DirectionWork : ChunkedWork
    {
        const int ChunkNumbers = 1 << 12;
        const int Piece = 256;
        OptimizedParameter? parameter;
        FlatValues weights;
        float factor;
        ulong seed, request;

        public int Chunks => checked((int)((weights.Count + ChunkNumbers - 1) / ChunkNumbers));

        public void Prepare(OptimizedParameter next, FlatValues nextWeights, double nextFactor, ulong nextSeed, ulong nextRequest) =>
            (parameter, weights, factor, seed, request) = (next, nextWeights, (float)nextFactor, nextSeed, nextRequest);

        public override void Run(int chunk, int worker)
        {
            Span<float> direction = stackalloc float[Piece];
            long end = Math.Min(weights.Count, ((long)chunk + 1) * ChunkNumbers);
            for (long start = (long)chunk * ChunkNumbers; start < end; start += Piece)
            {
                Span<float> z = direction[..(int)Math.Min(Piece, end - start)];
                CounterNormal.Fill(z, seed, request, start);
                Add(weights.Span(start, z.Length), z, start);
            }
        }

        void Add(Span<float> values, ReadOnlySpan<float> z, long start)
        {
            // Padding of the last group stays zero.
            int real = parameter!.IsMatrix ? parameter.Rows - ((parameter.Groups - 1) * PackedLayout.GroupRows) : 0;
            long padded = real is 0 or PackedLayout.GroupRows ? long.MaxValue : parameter.Place((parameter.Groups - 1) * PackedLayout.GroupRows, 0);
            for (int i = 0; i < values.Length; i++)
            {
                if (start + i < padded || (start + i) % PackedLayout.GroupRows < real)
                {
                    values[i] += z[i] * factor;
                }
            }
        }
    }
}
