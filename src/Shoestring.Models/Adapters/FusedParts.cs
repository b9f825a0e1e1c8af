using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// GPT-2's files have query, key and value in one matrix, and the layers here are three. Low-rank parts of the three make one of their
/// ranks' sum, B block by block; one of the whole is three with the same A.
/// </summary>
static class FusedParts
{
    const string Fused = "attn_qkv";
    static readonly string[] Three = ["attn_q", "attn_k", "attn_v"];

    /// <summary>Whether a model's files have one matrix for the three.</summary>
    public static bool IsFused(ModelConfiguration model) => ShoestringLayout.Underlying(model.Architecture) == "gpt2";

    /// <summary>A part of the fused matrix as parts of the three; any other as it is.</summary>
    /// <exception cref="ModelFileException">It does not have the fused matrix's outputs.</exception>
    public static IEnumerable<LowRankPart> Split(LowRankPart part, ModelConfiguration model, string where)
    {
        if (!part.Layer.EndsWith("." + Fused, StringComparison.Ordinal) || LayerOrder.BlockOf(part.Layer) is not { } block || block >= model.Blocks.Count)
        {
            return [part];
        }
        int[] outputs = OutputsOf(model.Blocks[block]);
        return part.Outputs != outputs.Sum()
            ? throw new ModelFileException($"it was made for {part.Layer} of {part.Outputs} outputs, and the model's has {outputs.Sum()}", where, "take the model that it was trained on")
            : Three.Select((name, i) =>
            {
                int first = outputs.Take(i).Sum();
                return part with
                {
                    Layer = TensorNames.Block(block, name),
                    B = part.B[(first * part.Rank)..((first + outputs[i]) * part.Rank)],
                    Magnitude = part.Magnitude?[first..(first + outputs[i])],
                };
            });
    }

    static int[] OutputsOf(BlockShape block) => [block.Heads * block.HeadChannels, block.KvHeads * block.HeadChannels, block.KvHeads * block.HeadChannels];

    /// <summary>The three as one, where the model's files have one; the others as they are.</summary>
    public static IEnumerable<LowRankPart> Join(IReadOnlyList<LowRankPart> parts, ModelConfiguration model)
    {
        if (!IsFused(model))
        {
            return parts;
        }
        return parts.GroupBy(part => Array.IndexOf(Three, part.Layer.Split('.')[^1]) >= 0 ? $"blk.{LayerOrder.BlockOf(part.Layer)}.{Fused}" : part.Layer)
            .Select(group => group.Key.EndsWith(Fused, StringComparison.Ordinal) ? Joined(group.Key, [.. group], model.Blocks[LayerOrder.BlockOf(group.Key)!.Value]) : group.First());
    }

    // One A serves all three where they share it, as parts that were split do; otherwise each has rows of its own.
    static LowRankPart Joined(string layer, LowRankPart[] parts, BlockShape block)
    {
        int[] outputs = OutputsOf(block);
        bool shared = parts.All(part => part.A.AsSpan().SequenceEqual(parts[0].A));
        int rank = shared ? parts[0].Rank : parts.Sum(part => part.Rank), inputs = parts[0].Inputs!.Value;
        float[] a = shared ? parts[0].A : [.. parts.SelectMany(part => part.A)], b = new float[outputs.Sum() * rank];
        int column = 0;
        foreach (LowRankPart part in parts)
        {
            int first = outputs.Take(Array.IndexOf(Three, part.Layer.Split('.')[^1])).Sum();
            for (int output = 0; output < part.Outputs; output++)
            {
                part.B.AsSpan(output * part.Rank, part.Rank).CopyTo(b.AsSpan((first + output) * rank + column, part.Rank));
            }
            column += shared ? 0 : part.Rank;
        }
        return new LowRankPart(layer, rank, a, b) { Alpha = ScaledAlpha(parts[0], rank), IsRankStabilized = parts[0].IsRankStabilized, Magnitude = Magnitudes(parts, layer) };
    }

    // The scale stays what it was at the ranks of the parts.
    static double ScaledAlpha(LowRankPart part, int rank) => part.IsRankStabilized ? part.Alpha * Math.Sqrt((double)rank / part.Rank) : part.Alpha * rank / part.Rank;

    static float[]? Magnitudes(LowRankPart[] parts, string layer) => parts.All(part => part.Magnitude is null) ? null
        : parts.Length == 3 && parts.All(part => part.Magnitude is not null) ? [.. parts.SelectMany(part => part.Magnitude!)]
        : throw new InputException($"{layer} is one matrix in GPT-2's files, and has magnitudes for {parts.Length} of its three parts", "adapter", "adapt attn_q, attn_k and attn_v together");
}
