using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// Stochastic gradient descent: w ← (1 − ηλ)·w − η·m with m ← μ·m + g (Sutskever et al., On the importance of initialization and
/// momentum in deep learning, ICML 2013, §2, in the form that keeps the rate out of m). Without momentum it keeps nothing; with
/// gradients handed over and forgotten one by one it is LOMO (Lv et al., arXiv 2306.09782, algorithm 1).
/// </summary>
public sealed record SgdOptions : OptimizerOptions
{
    /// <summary>μ. Default 0: no state.</summary>
    public double Momentum { get; init; }

    /// <summary>How m is kept.</summary>
    public StateFormat State { get; init; }

    /// <inheritdoc/>
    public override string Name => "sgd";

    /// <summary>0.03, the setting that was published with LOMO (OpenLMLab/LOMO, lomo/config/args_lomo.yaml).</summary>
    public override double UsualLearningRate => 0.03;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account) => Momentum == 0
        ? new Plain(this, parameters, seed, pool, account)
        : new WithMomentum(this, parameters, seed, pool, account);

    sealed class Plain(SgdOptions options, IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account)
        : RuleOptimizer<PlainRule>(parameters, StateFormat.Float32, seed, pool, account)
    {
        protected override PlainRule Rule(OptimizedParameter parameter, long step, ParameterUpdate update) => new(
            (float)(1 - (update.LearningRate * options.DecayOf(parameter))), (float)(update.LearningRate * update.GradientFactor));
    }

    sealed class WithMomentum(SgdOptions options, IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account)
        : RuleOptimizer<MomentumRule>(parameters, options.State, seed, pool, account)
    {
        protected override MomentumRule Rule(OptimizedParameter parameter, long step, ParameterUpdate update) => new(
            (float)(1 - (update.LearningRate * options.DecayOf(parameter))), (float)update.LearningRate, (float)update.GradientFactor, (float)options.Momentum);
    }

    readonly struct PlainRule(float keep, float rate) : IUpdateRule
    {
        public static int States => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Invoke(Vector256<float> weight, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second) =>
            (weight * keep) - (gradient * rate);
    }

    readonly struct MomentumRule(float keep, float rate, float factor, float momentum) : IUpdateRule
    {
        public static int States => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Invoke(Vector256<float> weight, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second)
        {
            first = (first * momentum) + (gradient * factor);
            return (weight * keep) - (first * rate);
        }
    }
}
