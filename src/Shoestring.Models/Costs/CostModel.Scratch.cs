using Shoestring.Tensors;

namespace Shoestring.Models;

public sealed partial class CostModel
{
    // Layers that read the same rows start in one product.
    static readonly string[][] together = [["attn_q", "attn_k", "attn_v"], ["attn_output"], ["ffn_gate", "ffn_up"], ["ffn_down"]];

    /// <summary>Scratch memory that the operations of a training step grow to, beside <see cref="ScratchNeed.Fixed"/>.</summary>
    /// <param name="rows">Rows of the step.</param>
    /// <param name="work">What learns, and what deltas there are.</param>
    /// <param name="plan">What the step's memory is planned for.</param>
    /// <param name="formats">The format of a matrix, by its name in GGUF.</param>
    /// <param name="threads">Threads.</param>
    public ScratchNeed TrainingScratch(int rows, TrainingWork work, TrainingPlan plan, Func<string, TensorFormat> formats, int threads)
    {
        int chunk = plan.LogitRows(rows, model.Vocabulary), rest = rows % chunk;
        ScratchNeed need = HeadScratch(chunk, work, plan, formats, threads);
        need = rest > 0 ? need.Or(HeadScratch(rest, work, plan, formats, threads)) : need;
        for (int b = 0; b < model.Blocks.Count; b++)
        {
            need = need.Or(BlockScratch(b, rows, work, plan.Backward && b >= plan.FirstBlock, formats, threads));
        }
        return need;
    }

    ScratchNeed HeadScratch(int rows, TrainingWork work, TrainingPlan plan, Func<string, TensorFormat> formats, int threads)
    {
        string name = model.TiedEmbeddings ? "token_embd.weight" : "output.weight";
        ScratchNeed need = ScratchNeed.Product(rows, model.Width, [formats(name)], threads);
        need = plan.Backward ? need.Or(ScratchNeed.InputGradient(model.Vocabulary, model.Width, threads)).Or(ScratchNeed.NormGradient(model.Width)) : need;
        return plan.Backward && work.Learns(name) ? need.Or(ScratchNeed.WeightGradient(rows, model.Vocabulary, model.Width)) : need;
    }

    ScratchNeed BlockScratch(int block, int rows, TrainingWork work, bool backward, Func<string, TensorFormat> formats, int threads)
    {
        BlockShape shape = model.Blocks[block];
        IReadOnlyList<LayerShape> layers = LayerShape.Of(model, shape);
        ScratchNeed need = ScratchNeed.Attention(rows, shape.Heads, shape.KvHeads, shape.HeadChannels, threads, backward);
        need = backward ? need.Or(ScratchNeed.NormGradient(model.Width)).Or(ScratchNeed.NormGradient(shape.HeadChannels)) : need;
        foreach (string[] names in together)
        {
            LayerShape[] group = [.. layers.Where(layer => names.Contains(layer.Name))];
            need = need.Or(ScratchNeed.Product(rows, group[0].Inputs, [.. group.Select(layer => formats(TensorNames.Block(block, layer.Name) + ".weight"))], threads));
        }
        return layers.Aggregate(need, (all, layer) => all.Or(LayerScratch(TensorNames.Block(block, layer.Name), layer, rows, work, backward, threads)));
    }

    static ScratchNeed LayerScratch(string name, LayerShape layer, int rows, TrainingWork work, bool backward, int threads)
    {
        ScratchNeed need = backward ? ScratchNeed.InputGradient(layer.Outputs, layer.Inputs, threads) : default;
        need = backward && work.Learns(name + ".weight") ? need.Or(ScratchNeed.WeightGradient(rows, layer.Outputs, layer.Inputs)) : need;
        if (work.DeltaRank(name) is not (> 0 and var rank))
        {
            return need;
        }
        // y += (x·Aᵀ)·B, and both ways back.
        need = need.Or(ScratchNeed.Product(rows, layer.Inputs, [TensorFormat.F32], threads)).Or(ScratchNeed.InputGradient(rank, layer.Outputs, threads));
        return !backward ? need : need.Or(ScratchNeed.WeightGradient(rows, rank, layer.Outputs)).Or(ScratchNeed.Product(rows, layer.Outputs, [TensorFormat.F32], threads))
            .Or(ScratchNeed.WeightGradient(rows, rank, layer.Inputs)).Or(ScratchNeed.InputGradient(rank, layer.Inputs, threads));
    }
}
