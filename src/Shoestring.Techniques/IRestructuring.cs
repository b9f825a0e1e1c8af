using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// A change of a model as a whole, decided over the calibration text before its blocks are treated one by one: which blocks stay,
/// which directions of the residual stream.
/// </summary>
public interface IRestructuring
{
    /// <summary>The technique's id.</summary>
    string Name { get; }

    /// <summary>What it comes to before anything is decided: the same shapes, and weights that need not be read.</summary>
    GgufRewrite Assume(GgufRewrite rewrite);

    /// <summary>The rewrite of the changed model, with lines for the user about what was decided.</summary>
    /// <param name="rewrite">The rewrite of the model as it is.</param>
    /// <param name="text">The calibration text.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops the work.</param>
    GgufRewrite Decide(GgufRewrite rewrite, CalibrationText text, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation);
}
