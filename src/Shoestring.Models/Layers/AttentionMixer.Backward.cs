using Shoestring.Tensors;

namespace Shoestring.Models;

public sealed partial class AttentionMixer
{
    /// <inheritdoc/>
    public void Backward(Step step, Tensor dy)
    {
        int rows = dy.Rows, queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels;
        Tensor heads = step.Memory[Activation.Heads, rows, queries], dHeads = step.Memory[Activation.HeadsGradient, rows, queries];
        Tensor dq = QueryGradient(step, rows), dk = step.Memory[Activation.KeyGradient, rows, keys], dv = step.Memory[Activation.ValueGradient, rows, keys];
        output.Backward(step, heads, dy, dHeads, add: false);
        step.Operations.AttendDocumentsBackward(
            Queries(step, rows), Keys(step, rows), step.Memory[Activation.Value, rows, keys], heads, step.Memory[Activation.LogSums, rows, shape.Heads], dHeads,
            step.Batch.Documents, shape.Heads, shape.KvHeads, Scale, shape.Window, dq, dk, dv);
        PrefixKeys?.Learn(step.Gradients!, step.Batch, dk);
        PrefixValues?.Learn(step.Gradients!, step.Batch, dv);
        if (rotary != null)
        {
            Tensor angles = step.Memory[Activation.Angles, rows, 2 * rotary.Frequencies.Length];
            step.Operations.RotateBackward(dq, angles, shape.HeadChannels, rotary.Layout);
            step.Operations.RotateBackward(dk, angles, shape.HeadChannels, rotary.Layout);
        }
    }

    /// <inheritdoc/>
    public void BackwardInput(Step step, Tensor x, Tensor dx)
    {
        int keys = shape.KvHeads * shape.HeadChannels;
        Tensor dk = step.Memory[Activation.KeyGradient, x.Rows, keys], dv = step.Memory[Activation.ValueGradient, x.Rows, keys];
        Tensor dq = ThroughNorm(step, queryNorm, Activation.Query, QueryGradient(step, x.Rows), Activation.RawQueryGradient);
        dk = ThroughNorm(step, keyNorm, Activation.Key, dk, Activation.RawKeyGradient);
        query.Backward(step, x, dq, dx, add: false);
        key.Backward(step, x, dk, dx, add: true);
        value.Backward(step, x, dv, dx, add: true);
    }

    // Queries are read by whoever writes their gradient, and by no one after.
    Tensor QueryGradient(Step step, int rows) => Queries(step, rows);

    static Tensor ThroughNorm(Step step, Norm? norm, Activation raw, Tensor dy, Activation gradient)
    {
        if (norm is null)
        {
            return dy;
        }
        Tensor dx = step.Memory[gradient, dy.Rows, dy.Columns];
        norm.Backward(step, step.Memory[raw, dy.Rows, dy.Columns], dy, dx, add: false);
        return dx;
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Linear Layer)> Linears => [("attn_q", query), ("attn_k", key), ("attn_v", value), ("attn_output", output)];

    /// <inheritdoc/>
    public IEnumerable<(string Name, Norm Norm)> Norms
    {
        get
        {
            if (queryNorm is not null)
            {
                yield return ("attn_q_norm", queryNorm);
            }
            if (keyNorm is not null)
            {
                yield return ("attn_k_norm", keyNorm);
            }
        }
    }
}
