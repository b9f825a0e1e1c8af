using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// Adafactor (Shazeer and Stern, arXiv 1804.04235, algorithms 4 and 5) without a first moment: of the second moment of a matrix only
/// the means of its rows and columns are kept, rows + columns numbers, and the update is held to a root mean square of 1.
/// </summary>
public sealed record AdafactorOptions : OptimizerOptions
{
    /// <summary>Exponent c of β₂ = 1 − t⁻ᶜ. Default 0.8 (arXiv 1804.04235, §7.2).</summary>
    public double DecayExponent { get; init; } = 0.8;

    /// <summary>ε₁, added to squares. Default 1e-30 (arXiv 1804.04235, §9).</summary>
    public double Epsilon1 { get; init; } = 1e-30;

    /// <summary>ε₂, the least size that a parameter is taken to have. Default 1e-3 (arXiv 1804.04235, §9).</summary>
    public double Epsilon2 { get; init; } = 1e-3;

    /// <summary>d, the update's largest root mean square. Default 1 (arXiv 1804.04235, §6).</summary>
    public double Clip { get; init; } = 1;

    /// <summary>
    /// Whether the rate is multiplied by the parameter's own size, max(ε₂, RMS(w)) (arXiv 1804.04235, §8). The paper's ρₜ = min(1e-2, 1/√t) is then
    /// the schedule's matter. Default true.
    /// </summary>
    public bool RelativeStep { get; init; } = true;

    /// <inheritdoc/>
    public override string Name => "adafactor";

    /// <summary>1e-2, the paper's largest relative step (arXiv 1804.04235, §9).</summary>
    public override double UsualLearningRate => 1e-2;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account) =>
        new Adafactor(this, parameters, pool, account);
}

/// <summary>Rows and columns of a matrix are worked on as groups of 16 rows; sums over groups are added in their order.</summary>
sealed class Adafactor : Optimizer
{
    readonly AdafactorOptions options;
    readonly AdafactorWork work;

    public Adafactor(AdafactorOptions options, IReadOnlyList<OptimizedParameter> parameters, WorkerPool pool, MemoryAccount account)
        : base(parameters, pool, account)
    {
        this.options = options;
        work = new AdafactorWork(parameters.Count == 0 ? 1 : parameters.Max(Chunks));
    }

    public override IReadOnlyList<StateBuffer> StateOf(OptimizedParameter parameter) => parameter.IsMatrix
        ? [new("rows", parameter.Rows), new("columns", parameter.Columns)]
        : [new("second", parameter.Columns)];

    protected override void Update(int index, OptimizedParameter parameter, ParameterState state, ParameterUpdate update)
    {
        if (update.Weights.Format != StateFormat.Float32)
        {
            throw new InvalidOperationException("Adafactor updates 32-bit weights");
        }

        double beta = 1 - Math.Pow(state.Steps, -options.DecayExponent);
        work.Prepare(parameter, state, update, beta, options.Epsilon1);
        int chunks = Chunks(parameter);
        if (parameter.IsMatrix)
        {
            Run(AdafactorPhase.Rows, chunks);
            Run(AdafactorPhase.Columns, (parameter.Columns + AdafactorWork.ColumnsPerChunk - 1) / AdafactorWork.ColumnsPerChunk);
            work.FinishRows();
        }
        else
        {
            Run(AdafactorPhase.Squares, chunks);
        }

        Run(AdafactorPhase.Sizes, chunks);
        (double weights, double steps) = work.Sizes(chunks);
        double rate = update.LearningRate * (options.RelativeStep ? Math.Max(options.Epsilon2, weights) : 1);
        work.Step(rate / Math.Max(1, steps / options.Clip), 1 - (update.LearningRate * options.DecayOf(parameter)));
        Run(AdafactorPhase.Steps, chunks);
    }

    void Run(AdafactorPhase phase, int chunks)
    {
        work.Phase = phase;
        Pool.Run(work, chunks);
    }

    static int Chunks(OptimizedParameter parameter) =>
        parameter.IsMatrix ? parameter.Groups : (parameter.Columns + AdafactorWork.VectorPerChunk - 1) / AdafactorWork.VectorPerChunk;
}
