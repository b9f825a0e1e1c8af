using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// Lion (Chen et al., arXiv 2302.06675, algorithm 2): w ← (1 − ηλ)·w − η·sign(β₁m + (1−β₁)g), then m ← β₂m + (1−β₂)g. One number
/// is kept for each weight.
/// </summary>
public sealed record LionOptions : OptimizerOptions
{
    /// <summary>β₁. Default 0.9 (arXiv 2302.06675, §5).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂. Default 0.99 (arXiv 2302.06675, §5).</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>How m is kept.</summary>
    public StateFormat State { get; init; }

    /// <summary>Decay 1, ten times AdamW's, as the rate is a tenth of its (arXiv 2302.06675, §5).</summary>
    public LionOptions() => WeightDecay = 1;

    /// <inheritdoc/>
    public override string Name => "lion";

    /// <summary>6e-5, a tenth of AdamW's (arXiv 2302.06675, §5).</summary>
    public override double UsualLearningRate => 6e-5;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account) =>
        new Lion(this, parameters, seed, pool, account);

    sealed class Lion(LionOptions options, IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account)
        : RuleOptimizer<LionRule>(parameters, options.State, seed, pool, account)
    {
        protected override LionRule Rule(OptimizedParameter parameter, long step, ParameterUpdate update) => new(
            (float)(1 - (update.LearningRate * options.DecayOf(parameter))), (float)update.LearningRate, (float)update.GradientFactor,
            (float)options.Beta1, (float)(1 - options.Beta1), (float)options.Beta2, (float)(1 - options.Beta2));
    }

    readonly struct LionRule(float keep, float rate, float factor, float beta1, float rest1, float beta2, float rest2) : IUpdateRule
    {
        public static int States => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Invoke(Vector256<float> weight, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second)
        {
            Vector256<float> g = gradient * factor;
            Vector256<float> direction = Sign((first * beta1) + (g * rest1));
            first = (first * beta2) + (g * rest2);
            return (weight * keep) - (direction * rate);
        }

        // 0 has no sign: padding stays zero.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<float> Sign(Vector256<float> x) =>
            Vector256.ConditionalSelect(Vector256.Equals(x, Vector256<float>.Zero), Vector256<float>.Zero, Vector256.CopySign(Vector256.Create(1f), x));
    }
}
