using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2): m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g²,
/// w ← (1 − ηλ)·w − η·(m / (1−β₁ᵗ)) / (√(v / (1−β₂ᵗ)) + ε). As most implementations do, the decay is multiplied by η.
/// </summary>
public sealed record AdamWOptions : OptimizerOptions
{
    /// <summary>β₁. Default 0.9 (Kingma and Ba, arXiv 1412.6980, §2).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂. Default 0.95 (Brown et al., arXiv 2005.14165, appendix B), since batches are small; Adam's own is 0.999.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>ε. Default 1e-8 (arXiv 1412.6980, §2).</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>How m and v are kept.</summary>
    public StateFormat State { get; init; }

    /// <summary>Decay 0.1 (arXiv 2005.14165, appendix B).</summary>
    public AdamWOptions() => WeightDecay = 0.1;

    /// <inheritdoc/>
    public override string Name => "adamw";

    /// <summary>6e-4, GPT-3's for its smallest model (arXiv 2005.14165, table 2.1).</summary>
    public override double UsualLearningRate => 6e-4;

    /// <inheritdoc/>
    public override Optimizer Create(IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account) =>
        new AdamW(this, parameters, seed, pool, account);

    sealed class AdamW(AdamWOptions options, IReadOnlyList<OptimizedParameter> parameters, ulong seed, WorkerPool pool, MemoryAccount account)
        : RuleOptimizer<AdamRule>(parameters, options.State, seed, pool, account)
    {
        protected override AdamRule Rule(OptimizedParameter parameter, long step, ParameterUpdate update) =>
            new(options.Beta1, options.Beta2, options.Epsilon, step, update.LearningRate, options.DecayOf(parameter), update.GradientFactor);
    }
}

/// <summary>Adam's update of eight weights.</summary>
readonly struct AdamRule : IUpdateRule
{
    readonly float keep, factor, beta1, rest1, beta2, rest2, rate, scale, epsilon;

    public AdamRule(double beta1, double beta2, double epsilon, long step, double learningRate, double decay, double factor)
    {
        keep = (float)(1 - (learningRate * decay));
        this.factor = (float)factor;
        (this.beta1, rest1, this.beta2, rest2) = ((float)beta1, (float)(1 - beta1), (float)beta2, (float)(1 - beta2));
        rate = (float)(learningRate / (1 - Math.Pow(beta1, step)));
        scale = (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step)));
        this.epsilon = (float)epsilon;
    }

    public static int States => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Invoke(Vector256<float> weight, Vector256<float> gradient, ref Vector256<float> first, ref Vector256<float> second)
    {
        Vector256<float> g = gradient * factor;
        first = (first * beta1) + (g * rest1);
        second = (second * beta2) + (g * g * rest2);
        return (weight * keep) - (first * rate / ((Vector256.Sqrt(second) * scale) + Vector256.Create(epsilon)));
    }
}
