using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Rows of one sequence in a step, as the cost formulas see them.</summary>
/// <param name="Start">Position of the first row.</param>
/// <param name="Rows">Number of rows.</param>
public readonly record struct WorkSpan(int Start, int Rows);

/// <summary>
/// What a model costs, from its hyperparameters alone. One multiply-add is 2 FLOPs; matrix products and attention count,
/// element-wise work does not (Kaplan et al., arXiv 2001.08361, §2.1 and table 1). The kernels count the same from the sizes
/// that they are called with, and tests hold the two against each other.
/// </summary>
/// <param name="model">The hyperparameters.</param>
public sealed partial class CostModel(ModelConfiguration model)
{
    /// <summary>Multiply-adds per row in the linear layers of a block; a layer of rank r takes r · (inputs + outputs).</summary>
    static long BlockWeights(ModelConfiguration model, BlockShape block) => LayerShape.Of(model, block).Sum(layer => layer.Weights);

    /// <summary>FLOPs of the matrix products of a step: 2 · rows · block weights + 2 · wanted rows · width · vocabulary.</summary>
    public long ProductFlops(long rows, long logitRows) =>
        2 * rows * model.Blocks.Sum(b => BlockWeights(model, b)) + 2 * logitRows * model.Width * model.Vocabulary;

    /// <summary>FLOPs of attention: for each row and position it sees, 2 · head channels for the score and as many for the value.</summary>
    /// <param name="span">The rows.</param>
    /// <param name="cache">How keys and values are kept, where some are dropped.</param>
    public long AttentionFlops(WorkSpan span, CacheOptions? cache = null) =>
        model.Blocks.Sum(b => 4L * b.Heads * b.HeadChannels * Seen(span, b.Window, cache));

    /// <summary>FLOPs of a step.</summary>
    public long Flops(ReadOnlySpan<WorkSpan> spans, long logitRows, CacheOptions? cache = null)
    {
        long rows = 0, attention = 0;
        foreach (WorkSpan span in spans)
        {
            rows += span.Rows;
            attention += AttentionFlops(span, cache);
        }
        return ProductFlops(rows, logitRows) + attention;
    }

    /// <summary>
    /// Σ over rows of the positions seen. A row sees everything up to the bound of what is kept, and from there on as many as the
    /// bound; a block whose own window is no longer than what is kept sees that window.
    /// </summary>
    static long Seen(WorkSpan span, int window, CacheOptions? cache)
    {
        if (cache?.Eviction is not { } kept || (kept is StreamingOptions streaming && window > 0 && window <= streaming.Window))
        {
            return Seen(span, window);
        }
        int whole = Math.Clamp(kept.Bound - span.Start, 0, span.Rows);
        return Seen(span with { Rows = whole }, window) + (long)(span.Rows - whole) * kept.Bound;
    }

    /// <summary>Σ over rows of the positions seen: min(position + 1, window), in closed form.</summary>
    static long Seen(WorkSpan span, int window)
    {
        long first = span.Start + 1L, last = span.Start + (long)span.Rows;
        if (window <= 0 || last <= window)
        {
            return (first + last) * span.Rows / 2;
        }
        long growing = Math.Max(0, window - first + 1);
        return (first + window) * growing / 2 + (span.Rows - growing) * window;
    }

    /// <summary>Bytes of a step's activations.</summary>
    public long ActivationBytes(int rows, int logitRows, CacheOptions? cache = null) => StepMemory.Predict(model, rows, logitRows, cache);

    /// <summary>Weights, each once: a tied embedding counts as one matrix. Biases and norms are counted by <paramref name="vectors"/>.</summary>
    public long Parameters(long vectors)
    {
        long embedding = (long)model.Vocabulary * model.Width, positions = model.Rotary == null ? (long)model.ContextLength * model.Width : 0;
        return embedding * (model.TiedEmbeddings ? 1 : 2) + positions + model.Blocks.Sum(b => BlockWeights(model, b)) + vectors;
    }
}
