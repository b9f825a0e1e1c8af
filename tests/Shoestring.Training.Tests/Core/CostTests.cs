using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>What a step takes is what the formulas say: every operation, every byte.</summary>
public class CostTests
{
    public static TheoryData<string, Checkpointing, string> Cases
    {
        get
        {
            TheoryData<string, Checkpointing, string> cases = [];
            foreach (TheoryDataRow<string> shape in TinyTraining.Names)
            {
                foreach (Checkpointing checkpointing in Enum.GetValues<Checkpointing>())
                {
                    foreach (string learns in new[] { "", "blk.", "attn_v.weight", "blk.3.", "output" })
                    {
                        cases.Add(shape.Data, checkpointing, learns);
                    }
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Counted_operations_and_bytes_are_the_predicted_ones(string name, Checkpointing checkpointing, string learns)
    {
        using SmallModel file = new(TinyTraining.Shape(name, layers: 5), TensorFormat.F16);
        using WorkerPool pool = new(2);
        TrainableOptions options = new() { Learns = weight => weight.Contains(learns, StringComparison.Ordinal) };
        using TrainableModel model = TrainableModel.Load(file.Path, pool, options);
        TrainingBatch batch = TinyTraining.Batch();
        TrainingWork work = new(options.Learns) { Checkpointing = checkpointing };
        model.Step(batch, new StepOptions { Checkpointing = checkpointing });
        model.Operations.Counters.Flops.ShouldBe(model.Cost.TrainingFlops(Lengths(batch), work).Total);
        TrainingPlan plan = new() { Checkpointing = checkpointing, FirstBlock = model.Cost.FirstBlock(work) };
        model.Memory.Peak(MemoryKind.Activations).ShouldBe(model.Cost.TrainingActivationBytes(batch.Rows, plan));
        model.Memory.Peak(MemoryKind.Gradients).ShouldBe(model.Cost.GradientBytes(options.Learns));
        model.Operations.Counters.Reset();
        model.Evaluate(batch);
        model.Operations.Counters.Flops.ShouldBe(model.Cost.TrainingFlops(Lengths(batch), work).Forward);
    }

    static int[] Lengths(TrainingBatch batch) => [.. batch.Documents.ToArray().Select(document => document.Count)];

    [Theory]
    [InlineData("llama", false)]
    [InlineData("qwen2", true)]
    [InlineData("gpt2", true)]
    public void Low_rank_deltas_cost_what_is_predicted(string name, bool withBase)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool pool = new(2);
        LowRankOptions lowRank = new() { Rank = 3, Layers = ["attn_q", "attn_output", "ffn_up", "ffn_down"] };
        TrainableOptions options = new() { LowRank = lowRank, Learns = withBase ? _ => true : null };
        using TrainableModel model = TrainableModel.Load(file.Path, pool, options);
        TrainingBatch batch = TinyTraining.Batch();
        TrainingWork work = new(_ => withBase) { DeltaRank = layer => lowRank.Layers.Contains(layer.Split('.')[^1]) ? 3 : 0, Checkpointing = Checkpointing.Blocks };
        model.Step(batch, new StepOptions { Checkpointing = Checkpointing.Blocks });
        model.Operations.Counters.Flops.ShouldBe(model.Cost.TrainingFlops(Lengths(batch), work).Total);
        TrainingPlan plan = new() { Checkpointing = Checkpointing.Blocks, FirstBlock = model.Cost.FirstBlock(work) };
        model.Memory.Peak(MemoryKind.Activations).ShouldBe(model.Cost.TrainingActivationBytes(batch.Rows, plan) + DeltaMemory.Predict(batch.Rows, 3));
        model.Memory.Peak(MemoryKind.Activations).ShouldBe(model.ActivationBytes(batch.Rows, new StepOptions { Checkpointing = Checkpointing.Blocks }));
        model.Memory.Peak(MemoryKind.Gradients).ShouldBe(model.Cost.GradientBytes(work.Learns) + model.Cost.DeltaBytes(work.DeltaRank));
        using TrainableModel looking = TrainableModel.Load(file.Path, pool, options);
        looking.Evaluate(batch);
        looking.Memory.Peak(MemoryKind.Activations).ShouldBe(looking.ActivationBytes(batch.Rows, null));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama-tied-partial")]
    [InlineData("gpt2")]
    public void Released_gradients_take_one_of_each_shape(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool pool = new(1);
        using TrainableModel model = TrainableModel.Load(file.Path, pool, new TrainableOptions { ReleaseGradients = true });
        model.Step(TinyTraining.Batch(), new StepOptions());
        model.Memory.Peak(MemoryKind.Gradients).ShouldBe(model.Cost.ReleasedGradientBytes(_ => true));
    }

    // Three products where the forward pass has one, and attention's ten for its four.
    [Fact]
    public void A_full_step_is_three_forward_passes_and_the_scores_once_more()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        TrainingFlops flops = model.Cost.TrainingFlops([20], new TrainingWork(_ => true));
        long attention = model.Cost.AttentionFlops(new WorkSpan(0, 20));
        flops.Forward.ShouldBe(model.Cost.ProductFlops(20, 20) + attention);
        flops.Backward.ShouldBe(2 * model.Cost.ProductFlops(20, 20) + (attention / 2 * 5));
        flops.Recomputed.ShouldBe(0);
    }

    // Kept inputs and one segment: 2·√n blocks' worth instead of n.
    [Fact]
    public void Segments_take_memory_that_grows_with_the_root_of_the_depth()
    {
        ModelConfiguration Deep(int blocks)
        {
            using SmallModel file = new(TinyTraining.Shape("llama", blocks), TensorFormat.F32);
            using LanguageModel model = file.Load();
            return model.Configuration;
        }
        long[] bytes = [.. new[] { 4, 16, 64 }.Select(blocks => TrainingMemory.Predict(Deep(blocks), 64, new TrainingPlan { Checkpointing = Checkpointing.Segments }))];
        long[] all = [.. new[] { 4, 16, 64 }.Select(blocks => TrainingMemory.Predict(Deep(blocks), 64, new TrainingPlan()))];
        ((double)(bytes[2] - bytes[1]) / (bytes[1] - bytes[0])).ShouldBe(2, 0.1);
        ((double)(all[2] - all[1]) / (all[1] - all[0])).ShouldBe(4, 0.01);
    }

    [Fact]
    public void Weights_by_the_configuration_are_those_of_the_file()
    {
        foreach (string name in new[] { "llama", "llama-tied-partial", "qwen2", "qwen3", "gpt2" })
        {
            using SmallModel file = new(SmallShape.Find(name), TensorFormat.F32);
            using LanguageModel model = file.Load();
            using GgufFile gguf = GgufFile.Open(file.Path);
            WeightShape.Of(model.Configuration, fused: true).Select(w => (w.Name, new TensorShape(w.Columns, w.Rows)))
                .ShouldBe(gguf.Tensors.Select(t => (t.Name, t.Shape)), ignoreOrder: true);
        }
    }
}
