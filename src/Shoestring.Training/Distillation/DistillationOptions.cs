using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// White-box distillation: (1 − α) · the text's cross-entropy + α · T² · the divergence from a teacher's probabilities at temperature T (Hinton
/// et al., arXiv 1503.02531, §2). T² keeps the gradient's size as T changes.
/// </summary>
/// <param name="Teacher">The teacher's file: any format, the same vocabulary.</param>
public sealed record DistillationOptions(string Teacher)
{
    /// <summary>T. Default 2, the best of 1, 2, 5 and 10 in the paper's speech experiments (arXiv 1503.02531, §4.1).</summary>
    public double Temperature { get; init; } = 2;

    /// <summary>α, the teacher's part; 0 is plain training. Default 0.5, the paper's weight of the hard targets (arXiv 1503.02531, §4.1).</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>KL(teacher ‖ student) or KL(student ‖ teacher). Default forward, as Hinton et al. have it; MiniLLM (arXiv 2306.08543) prefers the reverse, for texts that the student writes.</summary>
    public DivergenceDirection Direction { get; init; }
}
