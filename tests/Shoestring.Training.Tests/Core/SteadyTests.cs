using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Steady steps take no managed memory, and everything is given back.</summary>
public class SteadyTests
{
    [Theory]
    [InlineData("llama", Checkpointing.None, false)]
    [InlineData("qwen3", Checkpointing.Segments, false)]
    [InlineData("gpt2", Checkpointing.Mixers, false)]
    [InlineData("llama", Checkpointing.Blocks, true)]
    public async Task Steady_steps_allocate_nothing(string name, Checkpointing checkpointing, bool lowRank)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool pool = new(1);
        using TrainableModel model = TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = lowRank ? new() : null });
        TrainingBatch batch = TinyTraining.Batch();
        int told = 0;
        StepOptions options = new() { Checkpointing = checkpointing, Finished = _ => told++ };
        Twenty(model, batch, options);
        long peak = model.Memory.PeakTotal, allocated = long.MaxValue;
        // Code that is not optimized yet boxes some values: the steps are steady when the runtime has compiled them again.
        for (int attempt = 0; attempt < 50 && allocated > 0; attempt++)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            allocated = Twenty(model, batch, options);
        }
        allocated.ShouldBe(0);
        model.Memory.PeakTotal.ShouldBe(peak);
        (told % model.Parameters.Count).ShouldBe(0);
    }

    static long Twenty(TrainableModel model, TrainingBatch batch, StepOptions options)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 20; i++)
        {
            model.Step(batch, options);
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void Disposing_gives_everything_back()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using WorkerPool pool = new(2);
        TrainableModel model = TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = new(), Learns = name => name == "output.weight" });
        model.Evaluate(TinyTraining.Batch("one"));
        model.Step(TinyTraining.Batch("one"), new StepOptions());
        model.Step(TinyTraining.Batch(), new StepOptions { Checkpointing = Checkpointing.Blocks });
        model.Dispose();
        foreach (MemoryKind kind in Enum.GetValues<MemoryKind>())
        {
            model.Memory.Current(kind).ShouldBe(0, kind.ToString());
        }
    }
}
