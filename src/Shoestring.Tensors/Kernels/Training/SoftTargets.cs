namespace Shoestring.Tensors;

/// <summary>Which of two distributions the divergence is weighted by.</summary>
public enum DivergenceDirection
{
    /// <summary>KL(teacher ‖ student): the student covers all that the teacher may say (Hinton et al., arXiv 1503.02531, §2).</summary>
    Forward,

    /// <summary>KL(student ‖ teacher): the student keeps to what the teacher would say (Gu et al., MiniLLM, arXiv 2306.08543, §2.1).</summary>
    Reverse,
}

/// <summary>A loss of the right tokens and of another model's probabilities: (1 − α) · cross-entropy + α · T² · KL at temperature T (Hinton et al., arXiv 1503.02531, §2).</summary>
/// <param name="Temperature">T, which both models' logits are divided by; above 0.</param>
/// <param name="Alpha">α, the other model's part, 0 to 1.</param>
/// <param name="Direction">Which way the divergence is taken.</param>
public readonly record struct SoftTargets(float Temperature, float Alpha, DivergenceDirection Direction);
