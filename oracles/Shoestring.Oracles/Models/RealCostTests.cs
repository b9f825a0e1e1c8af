using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>For each real model, what the kernels counted and the allocator gave is exactly what the formulas predict.</summary>
public class RealCostTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("models/stories15M-f16.gguf")]
    [InlineData("models/stories15M-q8_0.gguf")]
    [InlineData("models/stories15M-q4_0.gguf")]
    [InlineData("models/stories260K.gguf")]
    [InlineData("models/minimind2-small")]
    [InlineData("default/shoestring-interim-f16.gguf")]
    public void Counted_operations_and_bytes_are_the_predicted_ones(string model) => Check(TestData.Find(model));

    [Fact]
    public void TinyLlama_s_too() => Check(TestData.TinyLlama());

    void Check(string path)
    {
        using OurModel ours = new(path);
        var (model, cost) = (ours.Model, ours.Model.Cost);
        using StepMemory memory = new(model.Configuration, 40, 3, model.Memory);
        Step step = new(ours.Operations, new Batch(), memory);
        using var one = model.Transformer.CreateState(100, KvFormat.F16, model.Memory);
        using var two = model.Transformer.CreateState(70, KvFormat.F16, model.Memory);
        cost.KvCacheBytes(100, KvFormat.F16).ShouldBe(one.Bytes);
        model.Memory.Current(MemoryKind.KvCache).ShouldBe(one.Bytes + two.Bytes);
        cost.ActivationBytes(40, 3).ShouldBe(model.Memory.Current(MemoryKind.Activations));
        Run(step, model, (one, 40, 0));
        Run(step, model, (one, 27, 1));
        Run(step, model, (one, 1, 1), (two, 9, 2));
        output.WriteLine($"{Path.GetFileName(path)}: {cost.ProductFlops(1, 1):N0} FLOPs a token beside attention, {cost.KvBytesPerToken(KvFormat.F16):N0} bytes of F16 cache a token");
    }

    static void Run(Step step, LanguageModel model, params (SequenceState State, int Rows, int Wanted)[] sequences)
    {
        step.Batch.Clear();
        WorkSpan[] spans = [.. sequences.Select(s => new WorkSpan(s.State.Length, s.Rows))];
        foreach (var (state, rows, wanted) in sequences)
            step.Batch.Add(state, [.. Enumerable.Range(5, rows)], wanted);
        step.Operations.Counters.Reset();
        model.Transformer.Forward(step);
        step.Operations.Counters.Flops.ShouldBe(model.Cost.Flops(spans, sequences.Sum(s => s.Wanted)));
    }
}
