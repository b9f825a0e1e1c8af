using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// GaLore (Zhao et al., arXiv 2403.03507, algorithm 2): of the gradients of a block's matrices AdamW sees their projections on the r
/// largest singular vectors of the shorter side, found anew every T steps, so m and v have r numbers where they had as many as that side is long.
/// Vectors, matrices outside of blocks and those with a side of at most r are AdamW's.
/// </summary>
public sealed record GaLoreOptions : OptimizerOptions
{
    /// <summary>r. Default 128 (arXiv 2403.03507, table 2, for its smallest model).</summary>
    public int Rank { get; init; } = 128;

    /// <summary>T. Default 200 (arXiv 2403.03507, §5.1).</summary>
    public int Interval { get; init; } = 200;

    /// <summary>α, which multiplies the step. Default 0.25 (arXiv 2403.03507, §5.1).</summary>
    public double Scale { get; init; } = 0.25;

    /// <inheritdoc cref="AdamWOptions.Beta1"/>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂. Default 0.999 (arXiv 1412.6980, §2).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <inheritdoc cref="AdamWOptions.Epsilon"/>
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override string Name => "galore";

    /// <summary>0.01 (arXiv 2403.03507, §5.1).</summary>
    public override double UsualLearningRate => 0.01;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account) =>
        new GaLore(this, parameters, seed, pool, account);

    /// <summary>Whether a parameter's gradients are projected.</summary>
    internal bool Projects(OptimizedParameter parameter) =>
        parameter.IsMatrix && parameter.Name.StartsWith("blk.", StringComparison.Ordinal) && Math.Min(parameter.Rows, parameter.Columns) > Rank;
}

/// <summary>The optimizer; state of a projected matrix is its projector <c>[short side, r]</c> and moments <c>[long side, r]</c>.</summary>
sealed class GaLore : Optimizer
{
    readonly GaLoreOptions options;
    readonly ulong seed;
    readonly UpdateWork<AdamRule> plain;
    readonly GaLoreWork projected;

    public GaLore(GaLoreOptions options, IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account)
        : base(parameters, pool, account)
    {
        (this.options, this.seed) = (options, seed);
        plain = new UpdateWork<AdamRule>(pool.Threads, account);
        projected = new GaLoreWork(options.Rank, pool.Threads, account);
    }

    public override IReadOnlyList<StateBuffer> StateOf(OptimizedParameter parameter)
    {
        if (!options.Projects(parameter))
        {
            return [new("first", parameter.Count), new("second", parameter.Count)];
        }

        long longSide = Math.Max(parameter.Rows, parameter.Columns) * (long)options.Rank;
        return [new("first", longSide), new("second", longSide), new("projector", Math.Min(parameter.Rows, parameter.Columns) * (long)options.Rank)];
    }

    // While a subspace is looked for, beside what is always held.
    public override long ScratchBytes => GaLoreWork.ScratchBytes(options.Rank, Pool.Threads)
        + Parameters.Where(options.Projects).Select(parameter => Subspace.ScratchBytes(parameter, options.Rank, Pool.Threads)).DefaultIfEmpty(0).Max();

    protected override void Update(int index, OptimizedParameter parameter, ParameterState state, ParameterUpdate update)
    {
        bool projects = options.Projects(parameter);
        double decay = projects ? 0 : options.DecayOf(parameter);
        var rule = new AdamRule(options.Beta1, options.Beta2, options.Epsilon, state.Steps, update.LearningRate, decay, projects ? 1 : update.GradientFactor);
        if (!projects)
        {
            plain.Prepare(rule, update, state, seed, index);
            Pool.Run(plain, plain.Chunks);
            return;
        }

        if (update.Weights.Format != StateFormat.Float32 || update.Gradient.Format != StateFormat.Float32)
        {
            throw new InvalidOperationException("GaLore updates 32-bit weights by 32-bit gradients");
        }

        if ((state.Steps - 1) % options.Interval == 0)
        {
            Subspace.Find(parameter, update.Gradient, options.Rank, state.Buffer(2), Pool, Account);
        }

        projected.Prepare(rule, parameter, state, update, (float)options.Scale, (float)(1 - (update.LearningRate * options.DecayOf(parameter))));
        Pool.Run(projected, projected.Chunks);
    }

    public override void Dispose()
    {
        plain.Dispose();
        projected.Dispose();
        base.Dispose();
    }
}

/// <summary>The singular vectors of a gradient.</summary>
static class Subspace
{
    /// <summary>Bytes that <see cref="Find"/> takes at most.</summary>
    public static long ScratchBytes(OptimizedParameter parameter, int rank, int threads)
    {
        int size = Math.Min(parameter.Rows, parameter.Columns), length = Math.Max(parameter.Rows, parameter.Columns);
        long products = ((long)size * length * sizeof(float)) + SymmetricMatrix.ProductsBytes(length, threads);
        return SymmetricMatrix.Bytes(size) + Math.Max(products, SymmetricEigen.Bytes(size, rank));
    }

    /// <summary>Writes the singular vectors of the shorter side that belong to the largest singular values. <paramref name="projector"/>: <c>[short side, rank]</c></summary>
    public static void Find(OptimizedParameter parameter, FlatValues gradient, int rank, NativeBuffer projector, WorkerPool pool, MemoryAccount account)
    {
        bool left = parameter.Rows <= parameter.Columns;
        int size = Math.Min(parameter.Rows, parameter.Columns), length = Math.Max(parameter.Rows, parameter.Columns);
        using var matrix = new SymmetricMatrix(size, account);
        using (var buffer = new NativeBuffer((long)size * length * sizeof(float), MemoryKind.Scratch, account))
        {
            var dense = new Tensor(buffer, 0, length, size);
            pool.Run(new Unpacking(parameter, gradient, dense, left), parameter.Groups);
            matrix.AddProducts(dense, pool);
        }

        using SymmetricEigen eigen = SymmetricEigen.Of(matrix, rank, pool, account);
        Span<float> rows = projector.Span<float>(0, size * rank);
        for (int k = 0; k < rank; k++)
        {
            ReadOnlySpan<double> vector = eigen.Vector(k);
            for (int i = 0; i < size; i++)
            {
                rows[(i * rank) + k] = (float)vector[i];
            }
        }
    }

    /// <summary>Lays a packed matrix out with its short side as channels.</summary>
    sealed class Unpacking(OptimizedParameter parameter, FlatValues gradient, Tensor dense, bool transposed) : ChunkedWork
    {
        public override void Run(int chunk, int worker)
        {
            int first = chunk * PackedLayout.GroupRows, rows = Math.Min(PackedLayout.GroupRows, parameter.Rows - first);
            for (int column = 0; column < parameter.Columns; column++)
            {
                ReadOnlySpan<float> lanes = gradient.Span(parameter.Place(first, column), rows);
                for (int lane = 0; lane < rows; lane++)
                {
                    (transposed ? dense.Row(column).Slice(first + lane, 1) : dense.Row(first + lane).Slice(column, 1))[0] = lanes[lane];
                }
            }
        }
    }
}
