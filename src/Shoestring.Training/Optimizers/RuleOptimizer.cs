using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>An optimizer whose update looks at one number at a time.</summary>
abstract class RuleOptimizer<TRule> : Optimizer where TRule : struct, IUpdateRule
{
    static readonly string[] names = ["first", "second"];
    readonly UpdateWork<TRule> work;
    readonly StateFormat format;
    readonly ulong seed;

    protected RuleOptimizer(IReadOnlyList<OptimizedParameter> parameters, StateFormat format, ulong seed, WorkerPool pool, MemoryAccount account)
        : base(parameters, pool, account)
    {
        (this.format, this.seed) = (format, seed);
        work = new UpdateWork<TRule>(pool.Threads, account);
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<StateBuffer> StateOf(OptimizedParameter parameter) =>
        [.. names.Take(TRule.States).Select(name => new StateBuffer(name, parameter.Count, format))];

    /// <inheritdoc/>
    public sealed override long ScratchBytes => TRule.States > 0 && format != StateFormat.Float32 ? UpdateWork<TRule>.ScratchBytes(Pool.Threads) : 0;

    /// <summary>The rule of one update.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="step">Which update of it this is, from 1.</param>
    /// <param name="update">The update.</param>
    protected abstract TRule Rule(OptimizedParameter parameter, long step, ParameterUpdate update);

    /// <inheritdoc/>
    protected sealed override void Update(int index, OptimizedParameter parameter, ParameterState state, ParameterUpdate update)
    {
        work.Prepare(Rule(parameter, state.Steps, update), update, state, seed, index);
        Pool.Run(work, work.Chunks);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        work.Dispose();
        base.Dispose();
    }
}
