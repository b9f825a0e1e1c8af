using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>What is made of the logits of a step, a chunk of rows at a time, in place of cross-entropy: a teacher's probabilities, scores of documents.</summary>
public interface ILogitLoss
{
    /// <summary>The loss of some rows; where a gradient is wanted, their logits become it.</summary>
    /// <param name="operations">What can be computed.</param>
    /// <param name="logits"><c>[row, token]</c></param>
    /// <param name="rows">What these rows should say.</param>
    /// <param name="first">The number of the first of them in the step.</param>
    /// <param name="gradient">Whether the gradient is wanted.</param>
    /// <returns>Their loss, not scaled.</returns>
    double Of(Operations operations, Tensor logits, LossRows rows, int first, bool gradient);
}
