using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Multi-head attention with grouped queries (Vaswani et al., arXiv 1706.03762, §3.2; Ainslie et al., arXiv 2305.13245),
/// rotary positions, optional biases, per-head norms of queries and keys (Qwen 3) and a sliding window (Mistral).
/// </summary>
/// <param name="shape">Heads and channels.</param>
/// <param name="query"><c>[head · channel, width]</c></param>
/// <param name="key"><c>[KV head · channel, width]</c></param>
/// <param name="value"><c>[KV head · channel, width]</c></param>
/// <param name="output"><c>[width, head · channel]</c></param>
/// <param name="queryNorm">Norm of each query head, or null.</param>
/// <param name="keyNorm">Norm of each key head, or null.</param>
/// <param name="rotary">Positions, or null where they are learned.</param>
public sealed partial class AttentionMixer(BlockShape shape, Linear query, Linear key, Linear value, Linear output, Norm? queryNorm, Norm? keyNorm, Rotary? rotary) : ITokenMixer
{
    /// <inheritdoc/>
    public LearnedRows? PrefixKeys { get; set; }

    /// <inheritdoc/>
    public LearnedRows? PrefixValues { get; set; }

    /// <inheritdoc/>
    public ITokenState CreateState(int capacity, CacheOptions cache, MemoryAccount account)
    {
        if (cache.Eviction is StreamingOptions && rotary == null)
        {
            throw new InputException("this model learned its positions one by one, and a window with sinks needs positions that are distances", "eviction", "keep all positions or heavy hitters, or take a model with rotary positions");
        }
        KvRetention retention = cache.Eviction?.Of(shape, cache.Format) ?? default;
        return new KvState(new KvStore(shape.KvHeads, shape.HeadChannels, capacity, cache.Format, account, retention));
    }

    /// <inheritdoc/>
    public void Forward(Step step, int block, Tensor x, Tensor y)
    {
        Recompute(step, block, x);
        Tensor heads = step.Memory[Activation.Heads, x.Rows, shape.Heads * shape.HeadChannels];
        step.Observer?.Observe(LinearInput.AttentionOutput, heads);
        output.Forward(step, heads, y);
    }

    /// <inheritdoc/>
    public void Recompute(Step step, int block, Tensor x)
    {
        Operations operations = step.Operations;
        int queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels;
        Tensor q = step.Memory[Activation.Query, x.Rows, queries];
        Tensor k = step.Memory[Activation.Key, x.Rows, keys], v = step.Memory[Activation.Value, x.Rows, keys];
        step.Observer?.Observe(LinearInput.Attention, x);
        operations.Multiply(x, [query.First(step, q, Activation.LowRank), key.First(step, k, Activation.SecondLowRank), value.First(step, v, Activation.ThirdLowRank)]);
        query.Finish(step, x, q, Activation.LowRank);
        key.Finish(step, x, k, Activation.SecondLowRank);
        value.Finish(step, x, v, Activation.ThirdLowRank);
        (Tensor seeing, Tensor seen) = (Queries(step, x.Rows), Keys(step, x.Rows));
        queryNorm?.Forward(operations, q, seeing);
        keyNorm?.Forward(operations, k, seen);
        if (rotary != null)
        {
            Tensor angles = step.Memory[Activation.Angles, x.Rows, 2 * rotary.Frequencies.Length];
            operations.Rotate(seeing, angles, shape.HeadChannels, rotary.Layout);
            operations.Rotate(seen, angles, shape.HeadChannels, rotary.Layout);
        }
        Attend(step, block, seeing, seen, v);
    }

    /// <inheritdoc/>
    public void RecomputeMixing(Step step, int block, int rows) =>
        Attend(step, block, Queries(step, rows), Keys(step, rows), step.Memory[Activation.Value, rows, shape.KvHeads * shape.HeadChannels]);

    void Attend(Step step, int block, Tensor q, Tensor k, Tensor v)
    {
        PrefixKeys?.Write(step.Batch, k);
        PrefixValues?.Write(step.Batch, v);
        Tensor heads = step.Memory[Activation.Heads, q.Rows, q.Columns];
        if (step.Batch.Documents.Length > 0)
        {
            step.Operations.AttendDocuments(q, k, v, step.Batch.Documents, shape.Heads, shape.KvHeads, Scale, shape.Window, heads, step.Memory[Activation.LogSums, q.Rows, shape.Heads]);
        }
        else
        {
            step.Operations.AppendAndAttend(q, k, v, step.Spans(block), shape.Heads, Scale, shape.Window, heads, Turn(step, q.Rows));
        }
    }

    float Scale => 1f / MathF.Sqrt(shape.HeadChannels);

    /// <summary>The queries that see: after the norms of their heads, where there are any.</summary>
    Tensor Queries(Step step, int rows) => step.Memory[queryNorm is null ? Activation.Query : Activation.NormedQuery, rows, shape.Heads * shape.HeadChannels];

    /// <summary>The keys that are seen.</summary>
    Tensor Keys(Step step, int rows) => step.Memory[keyNorm is null ? Activation.Key : Activation.NormedKey, rows, shape.KvHeads * shape.HeadChannels];

    SinkTurn? Turn(Step step, int rows) => rotary != null && step.Batch.SeesSinks
        ? new SinkTurn(step.Memory[Activation.SinkAngles, rows, 2 * rotary.Frequencies.Length], rotary.Layout) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        query.Dispose();
        key.Dispose();
        value.Dispose();
        output.Dispose();
        queryNorm?.Dispose();
        keyNorm?.Dispose();
        PrefixKeys?.Dispose();
        PrefixValues?.Dispose();
    }
}
