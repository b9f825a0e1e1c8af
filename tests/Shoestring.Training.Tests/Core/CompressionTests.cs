using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Compressed activations: the loss is the same, gradients are off a little and right on average, and memory is what is predicted.</summary>
public class CompressionTests(ITestOutputHelper output)
{
    const int Layers = 4;

    [Theory]
    [InlineData("llama", ActivationCompression.EightBits, 0.04)]
    [InlineData("qwen3", ActivationCompression.EightBits, 0.04)]
    [InlineData("gpt2", ActivationCompression.EightBits, 0.04)]
    [InlineData("llama", ActivationCompression.FourBits, 0.4)]
    public void Gradients_are_right_on_average(string name, ActivationCompression compression, double tolerance)
    {
        using SmallModel file = new(TinyTraining.Shape(name, Layers), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        (double loss, Dictionary<string, float[]> plain) = TinyTraining.Learn(model, TinyTraining.Batch());
        float[] expected = All(plain), mean = new float[expected.Length];
        const int passes = 64;
        double single = 0;
        for (int pass = 0; pass < passes; pass++)
        {
            (double same, Dictionary<string, float[]> gradients) = TinyTraining.Learn(model, TinyTraining.Batch(), new StepOptions { Compression = compression });
            same.ShouldBe(loss);
            float[] all = All(gradients);
            single += Distance(all, expected) / passes;
            mean = [.. mean.Zip(all, (m, g) => m + (g / passes))];
        }
        double average = Distance(mean, expected);
        output.WriteLine($"{name} {compression}: off by {single:P2} each, {average:P2} the mean of {passes}");
        single.ShouldBeInRange(1e-6, tolerance);
        // An eighth were there no bias at all; what is left of it is of the second order.
        average.ShouldBeLessThan(single / 3);
    }

    static float[] All(Dictionary<string, float[]> gradients) => [.. gradients.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value)];

    static double Distance(float[] actual, float[] expected) =>
        Math.Sqrt(actual.Zip(expected, (a, e) => Math.Pow((double)a - e, 2)).Sum() / expected.Sum(e => (double)e * e));

    [Theory]
    [InlineData(ActivationCompression.EightBits)]
    [InlineData(ActivationCompression.FourBits)]
    public void Threads_change_no_bit_and_passes_do(ActivationCompression compression)
    {
        using SmallModel file = new(TinyTraining.Shape("llama", Layers), TensorFormat.F32);
        using WorkerPool one = new(1), three = new(3);
        using TrainableModel alone = TrainableModel.Load(file.Path, one), together = TrainableModel.Load(file.Path, three);
        StepOptions options = new() { Compression = compression };
        (_, Dictionary<string, float[]> first) = TinyTraining.Learn(alone, TinyTraining.Batch(), options);
        (_, Dictionary<string, float[]> second) = TinyTraining.Learn(alone, TinyTraining.Batch(), options);
        (_, Dictionary<string, float[]> other) = TinyTraining.Learn(together, TinyTraining.Batch(), options);
        other.ShouldBeBitwise(first);
        second["blk.0.attn_q.weight"].ShouldNotBe(first["blk.0.attn_q.weight"]);
        alone.Passes = 0;
        (_, Dictionary<string, float[]> again) = TinyTraining.Learn(alone, TinyTraining.Batch(), options);
        again.ShouldBeBitwise(first);
    }

    [Theory]
    [InlineData("llama", ActivationCompression.EightBits)]
    [InlineData("qwen3", ActivationCompression.FourBits)]
    [InlineData("gpt2", ActivationCompression.FourBits)]
    public void Bytes_and_operations_are_the_predicted_ones(string name, ActivationCompression compression)
    {
        using SmallModel file = new(TinyTraining.Shape(name, Layers), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        TrainingBatch batch = TinyTraining.Batch();
        StepOptions options = new() { Compression = compression };
        model.Step(batch, options);
        int[] lengths = [.. batch.Documents.ToArray().Select(document => document.Count)];
        TrainingFlops flops = model.Cost.TrainingFlops(lengths, new TrainingWork(_ => true) { Compression = compression });
        model.Operations.Counters.Flops.ShouldBe(flops.Total);
        flops.Recomputed.ShouldBeGreaterThan(0);
        model.Memory.Peak(MemoryKind.Activations).ShouldBe(model.ActivationBytes(batch.Rows, options));
    }

    // 32 bits an element become 8.25 or 4.25, but for a block's worth of floats; deep models are near the ratio of the bits.
    [Fact]
    public void A_deep_model_keeps_an_eighth_in_four_bits()
    {
        using SmallModel file = new(SmallShape.Find("llama") with { Layers = 40 }, TensorFormat.Q4_0);
        using LanguageModel model = file.Load();
        long plain = model.Cost.TrainingActivationBytes(512, new TrainingPlan());
        ((double)plain / model.Cost.TrainingActivationBytes(512, new TrainingPlan { Compression = ActivationCompression.FourBits })).ShouldBeInRange(5, 8.5);
        ((double)plain / model.Cost.TrainingActivationBytes(512, new TrainingPlan { Compression = ActivationCompression.EightBits })).ShouldBeInRange(3, 4.5);
    }

    [Fact]
    public void What_is_compressed_is_not_computed_again()
    {
        using SmallModel file = new(TinyTraining.Shape("llama", Layers), TensorFormat.F32);
        using WorkerPool pool = new(1);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        Should.Throw<InputException>(() => model.Step(TinyTraining.Batch(), new StepOptions { Compression = ActivationCompression.EightBits, Checkpointing = Checkpointing.Blocks }))
            .Message.ShouldContain("EightBits");
    }
}
