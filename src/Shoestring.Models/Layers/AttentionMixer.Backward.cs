using Shoestring.Tensors;

namespace Shoestring.Models;

public sealed partial class AttentionMixer
{
    /// <inheritdoc/>
    public void Backward(Step step, Tensor x, Tensor dy, Tensor dx)
    {
        int queries = shape.Heads * shape.HeadChannels, keys = shape.KvHeads * shape.HeadChannels;
        Tensor heads = step.Memory[Activation.Heads, x.Rows, queries], dHeads = step.Memory[Activation.HeadsGradient, x.Rows, queries];
        Tensor dq = step.Memory[Activation.QueryGradient, x.Rows, queries];
        Tensor dk = step.Memory[Activation.KeyGradient, x.Rows, keys], dv = step.Memory[Activation.ValueGradient, x.Rows, keys];
        output.Backward(step, heads, dy, dHeads, add: false);
        step.Operations.AttendDocumentsBackward(
            Queries(step, x.Rows), Keys(step, x.Rows), step.Memory[Activation.Value, x.Rows, keys], heads, step.Memory[Activation.LogSums, x.Rows, shape.Heads], dHeads,
            step.Batch.Documents, shape.Heads, shape.KvHeads, Scale, shape.Window, dq, dk, dv);
        PrefixKeys?.Learn(step.Gradients!, step.Batch, dk);
        PrefixValues?.Learn(step.Gradients!, step.Batch, dv);
        if (rotary != null)
        {
            Tensor angles = step.Memory[Activation.Angles, x.Rows, 2 * rotary.Frequencies.Length];
            step.Operations.RotateBackward(dq, angles, shape.HeadChannels, rotary.Layout);
            step.Operations.RotateBackward(dk, angles, shape.HeadChannels, rotary.Layout);
        }
        dq = ThroughNorm(step, queryNorm, Activation.Query, dq, Activation.RawQueryGradient);
        dk = ThroughNorm(step, keyNorm, Activation.Key, dk, Activation.RawKeyGradient);
        query.Backward(step, x, dq, dx, add: false);
        key.Backward(step, x, dk, dx, add: true);
        value.Backward(step, x, dv, dx, add: true);
    }

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
