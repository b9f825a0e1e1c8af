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
public sealed class CostModel(ModelConfiguration model)
{
    /// <summary>Multiply-adds per row in the linear layers of a block.</summary>
    static long BlockWeights(ModelConfiguration model, BlockShape block)
    {
        long queries = (long)block.Heads * block.HeadChannels, keys = (long)block.KvHeads * block.HeadChannels;
        long matrices = model.FeedForward == FeedForwardKind.GatedSilu ? 3 : 2;
        return model.Width * (queries + 2 * keys) + queries * model.Width + matrices * model.Width * block.FeedForwardWidth;
    }

    /// <summary>FLOPs of the matrix products of a step: 2 · rows · block weights + 2 · wanted rows · width · vocabulary.</summary>
    public long ProductFlops(long rows, long logitRows) =>
        2 * rows * model.Blocks.Sum(b => BlockWeights(model, b)) + 2 * logitRows * model.Width * model.Vocabulary;

    /// <summary>FLOPs of attention: for each row and position it sees, 2 · head channels for the score and as many for the value.</summary>
    public long AttentionFlops(WorkSpan span) => model.Blocks.Sum(b => 4L * b.Heads * b.HeadChannels * Seen(span, b.Window));

    /// <summary>FLOPs of a step.</summary>
    public long Flops(ReadOnlySpan<WorkSpan> spans, long logitRows)
    {
        long rows = 0, attention = 0;
        foreach (WorkSpan span in spans)
        {
            rows += span.Rows;
            attention += AttentionFlops(span);
        }
        return ProductFlops(rows, logitRows) + attention;
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

    /// <summary>Bytes of keys and values that a token adds: 2 · KV heads · channels · element bytes, in every block.</summary>
    public long KvBytesPerToken(KvFormat format) => model.Blocks.Sum(b => 2L * b.KvHeads * b.HeadChannels) * (format == KvFormat.F32 ? 4 : 2);

    /// <summary>
    /// Bytes that a cache of <paramref name="capacity"/> positions takes: whole pages of 64, values padded to 16 channels.
    /// </summary>
    public long KvCacheBytes(int capacity, KvFormat format)
    {
        long pages = (capacity + KvStore.PagePositions - 1) / KvStore.PagePositions;
        return model.Blocks.Sum(b => (long)b.KvHeads * (b.HeadChannels + (b.HeadChannels + 15) / 16 * 16)) * KvStore.PagePositions * pages * (format == KvFormat.F32 ? 4 : 2);
    }

    /// <summary>Bytes of a step's activations.</summary>
    public long ActivationBytes(int rows, int logitRows) => StepMemory.Predict(model, rows, logitRows);

    /// <summary>Weights, each once: a tied embedding counts as one matrix. Biases and norms are counted by <paramref name="vectors"/>.</summary>
    public long Parameters(long vectors)
    {
        long embedding = (long)model.Vocabulary * model.Width, positions = model.Rotary == null ? (long)model.ContextLength * model.Width : 0;
        return embedding * (model.TiedEmbeddings ? 1 : 2) + positions + model.Blocks.Sum(b => BlockWeights(model, b)) + vectors;
    }
}
