using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// Something about a model as a whole that is decided over the calibration text when it is written, before its blocks are treated one by
/// one: which blocks stay, which directions of the residual stream, which formats.
/// </summary>
public interface IRewriteDecision
{
    /// <summary>The technique that decides.</summary>
    string Name { get; }

    /// <summary>Decides.</summary>
    /// <param name="rewrite">What is to be done, without this decision.</param>
    /// <param name="text">The calibration text.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">It cannot be decided.</exception>
    GgufRewrite Decide(GgufRewrite rewrite, CalibrationText text, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation);

    /// <summary>What it comes to before it is decided: as good as any outcome for what a plan counts.</summary>
    /// <param name="rewrite">What is to be done, without this decision.</param>
    GgufRewrite Assume(GgufRewrite rewrite);
}
