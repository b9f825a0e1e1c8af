using Shoestring.Tensors;

namespace Shoestring.Models;

public sealed partial class CostModel
{
    /// <summary>
    /// FLOPs of attention's backward pass for each that the forward pass takes: five products of queries and positions (the scores
    /// again, and the gradients of values, weights, queries and keys) for its two (Dao, arXiv 2307.08691, §3.1 and §4.1).
    /// </summary>
    const int BackwardAttention = 5, ForwardAttention = 2;

    /// <summary>
    /// FLOPs of a training step over documents. A linear layer takes 2 · rows · weights forward, as many for its input's gradient, and as
    /// many again where its weight learns.
    /// </summary>
    /// <param name="documents">Rows of each document.</param>
    /// <param name="work">What learns, and what is computed again.</param>
    public TrainingFlops TrainingFlops(ReadOnlySpan<int> documents, TrainingWork work)
    {
        long rows = 0;
        foreach (int document in documents)
        {
            rows += document;
        }
        int first = FirstBlock(work);
        bool headLearns = work.Learns(model.TiedEmbeddings ? "token_embd.weight" : "output.weight");
        long head = 2 * rows * model.Width * model.Vocabulary;
        long forward = head, backward = head * (headLearns ? 2 : 1), recomputed = 0, attended = 0, all = 0;
        for (int b = 0; b < model.Blocks.Count; b++)
        {
            long attention = Attention(documents, b);
            long back = b >= first ? attention / ForwardAttention * BackwardAttention : 0, again = Recomputed(b, first, rows, attention, work);
            forward += rows * Products(b, work, _ => true) + Norms(b, work, _ => true) + attention;
            backward += b >= first ? rows * BackwardProducts(b, work) + NormsBack(b, work) + back : 0;
            recomputed += again;
            attended += attention;
            all += attention + back + (again > 0 && AttendsAgain(b, work) ? attention : 0);
        }
        return new TrainingFlops(forward, recomputed, backward) { Attention = all, ForwardAttention = attended };
    }

    /// <summary>
    /// Elements of a row that pass through what is no product in a forward pass: two norms, two sums, rotations and a gate in each block, and
    /// the logits.
    /// </summary>
    public long ElementsOfRow() => model.Vocabulary + model.Blocks.Sum(block =>
        (4L * model.Width) + ((block.Heads + block.KvHeads) * block.HeadChannels) + (2L * block.FeedForwardWidth));

    /// <summary>The first block that a backward pass reaches: see <see cref="TrainingPlan.FirstBlock"/>.</summary>
    public int FirstBlock(TrainingWork work)
    {
        int block = 0;
        if (work.Learns("token_embd.weight") || (model.Rotary is null && work.Learns("position_embd.weight")))
        {
            return 0;
        }
        while (block < model.Blocks.Count && !BlockLearns(block, work))
        {
            block++;
        }
        return block;
    }

    bool BlockLearns(int block, TrainingWork work) =>
        LayerShape.Of(model, model.Blocks[block]).Select(layer => TensorNames.Block(block, layer.Name))
            .Any(name => work.DeltaRank(name) > 0 || work.Adapter(name).Learns || work.Learns(name + ".weight") || work.Learns(name + ".bias"))
        || new[] { "attn_norm", "attn_q_norm", "attn_k_norm", "ffn_norm" }.Select(norm => TensorNames.Block(block, norm))
            .Any(name => work.Learns(name + ".weight") || (model.Norm == NormKind.Layer && work.Learns(name + ".bias")));

    long Attention(ReadOnlySpan<int> documents, int block)
    {
        BlockShape shape = model.Blocks[block];
        long sum = 0;
        foreach (int document in documents)
        {
            sum += 4L * shape.Heads * shape.HeadChannels * Seen(new WorkSpan(0, document), shape.Window);
        }
        return sum;
    }

    /// <summary>FLOPs a row in the linear layers of a block that are asked for, deltas among them.</summary>
    long Products(int block, TrainingWork work, Func<string, bool> chosen) => LayerShape.Of(model, model.Blocks[block]).Where(layer => chosen(layer.Name))
        .Sum(layer => 2 * (layer.Weights + work.DeltaRank(TensorNames.Block(block, layer.Name)) * (long)(layer.Inputs + layer.Outputs)
            + 2L * work.Adapter(TensorNames.Block(block, layer.Name)).Inner * layer.Outputs));

    // A delta computes what lies between its matrices again, and then has two products for what a layer has one for.
    long BackwardProducts(int block, TrainingWork work) => LayerShape.Of(model, model.Blocks[block]).Sum(layer =>
    {
        string name = TensorNames.Block(block, layer.Name);
        long rank = work.DeltaRank(name);
        AdapterWork adapter = work.Adapter(name);
        long again = adapter.OutputAgain ? layer.Weights + (rank * (layer.Inputs + layer.Outputs)) : 0;
        // Of a serial adapter: its first product again, and the gradients of two weights and two inputs.
        again += 5L * adapter.Inner * layer.Outputs;
        return 2 * (layer.Weights * (work.Learns(name + ".weight") ? 2 : 1) + (rank * (layer.Inputs + 2L * (layer.Inputs + layer.Outputs))) + again);
    });

    // The norms of a matrix's rows take as long whatever the rows of the batch.
    long Norms(int block, TrainingWork work, Func<string, bool> chosen) => LayerShape.Of(model, model.Blocks[block]).Where(layer => chosen(layer.Name))
        .Sum(layer => 2 * layer.Weights * work.Adapter(TensorNames.Block(block, layer.Name)).NormRows);

    long NormsBack(int block, TrainingWork work) => LayerShape.Of(model, model.Blocks[block])
        .Sum(layer => 2 * layer.Weights * work.Adapter(TensorNames.Block(block, layer.Name)).NormRowsBack);

    bool AttendsAgain(int block, TrainingWork work) => work.Checkpointing != Checkpointing.FeedForward && (work.Checkpointing != Checkpointing.Blocks || block < model.Blocks.Count - 1);

    // Segments are computed again as a whole, from their kept input on, however far up the backward pass ends.
    long Recomputed(int block, int first, long rows, long attention, TrainingWork work)
    {
        int blocks = model.Blocks.Count, planned = work.PlannedFrom ?? first, segment = new TrainingPlan { Checkpointing = work.Checkpointing, FirstBlock = planned }.SegmentBlocks(blocks);
        int lastSegment = (blocks - 1 - planned) / segment, own = (block - planned) / segment;
        bool feedsNext = (block - planned) % segment < segment - 1, isReached = block >= first, isAgain = isReached && block < blocks - 1;
        long feedForward = Again(name => name is "ffn_gate" or "ffn_up");
        return work.Checkpointing switch
        {
            Checkpointing.Mixers when isAgain => Again(name => name is "attn_q" or "attn_k" or "attn_v") + attention,
            // Nothing is kept of feed-forward layers, of the last block's neither.
            Checkpointing.FeedForward when isReached => feedForward,
            Checkpointing.Blocks when isReached => feedForward + (isAgain ? Again(name => name.StartsWith("attn_", StringComparison.Ordinal)) + attention : 0),
            Checkpointing.Segments when block >= planned && own < lastSegment && own >= (first - planned) / segment =>
                Again(name => feedsNext || name != "ffn_down") + attention,
            Checkpointing.None when work.Compression != ActivationCompression.None && isAgain => attention,
            _ => 0,
        };

        long Again(Func<string, bool> chosen) => rows * Products(block, work, chosen) + Norms(block, work, chosen);
    }

    /// <summary>Bytes of a training step's activations.</summary>
    public long TrainingActivationBytes(int rows, TrainingPlan plan) => TrainingMemory.Predict(model, rows, plan);

    /// <summary>Bytes of a gradient in F32 for each weight that learns, padded as the weights are.</summary>
    public long GradientBytes(Func<string, bool> learns) =>
        WeightShape.Of(model, fused: false).Where(weight => learns(weight.Name)).Sum(weight => weight.PackedElements * sizeof(float));

    /// <summary>The same where gradients are released as soon as they are used: see <see cref="ReleasedGradient"/>.</summary>
    public long ReleasedGradientBytes(Func<string, bool> learns) =>
        WeightShape.Of(model, fused: false).Where(weight => learns(weight.Name))
            .DistinctBy(weight => ReleasedGradient.Slot(weight.Name, weight.Rows, weight.Columns, weight.IsMatrix)).Sum(weight => weight.PackedElements * sizeof(float));

    /// <summary>Bytes that low-rank deltas take in F32, and their gradients as many again.</summary>
    /// <param name="rank">Their ranks by the names of their layers, without ".weight"; 0 for none.</param>
    public long DeltaBytes(Func<string, int> rank) => Enumerable.Range(0, model.Blocks.Count).Sum(block => LayerShape.Of(model, model.Blocks[block])
        .Select(layer => (layer, rank: rank(TensorNames.Block(block, layer.Name)))).Where(delta => delta.rank > 0)
        .Sum(delta => PackedMatrix.ZerosBytes(delta.rank, delta.layer.Inputs) + PackedMatrix.ZerosBytes(delta.rank, delta.layer.Outputs)));
}
