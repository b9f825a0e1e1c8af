using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Training through the quantizer: what is seen in training is what the written file says.</summary>
public sealed class RoundingTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-rounding-").FullName;

    string Saved => Path.Combine(folder, "saved.gguf");

    TrainableModel Load(string path, TensorFormat? rounding = null) => TrainableModel.Load(path, pool, new TrainableOptions { Rounding = rounding });

    [Theory]
    [InlineData("llama", TensorFormat.Q4_0)]
    [InlineData("gpt2", TensorFormat.Q8_0)]
    [InlineData("llama-tied-partial", TensorFormat.S24_4)]
    [InlineData("qwen2", TensorFormat.BF16)]
    public void The_loss_in_training_is_that_of_the_written_file(string name, TensorFormat format)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel model = Load(file.Path, format);
        TrainingBatch batch = TinyTraining.Batch();
        Descend(model, batch, steps: 3);
        double seen = model.Evaluate(batch);
        model.Save(Saved);
        using (GgufFile saved = GgufFile.Open(Saved))
        {
            saved.Tensors.ShouldAllBe(tensor => tensor.Shape.Rows == 1 || tensor.Format == format);
        }
        using TrainableModel floats = Load(Saved);
        floats.Evaluate(batch).ShouldBe(seen);
        // Inference's layers round what goes into products with blocks to eight bits.
        using FrozenModel frozen = FrozenModel.Load(Saved, pool, model.Operations, model.Memory);
        frozen.Transformer.Loss(frozen.Look(batch), new LossRows(batch.Targets, batch.Weights, 1)).ShouldBe(seen, (format == TensorFormat.BF16 ? 1e-4 : 0.02) * seen);
    }

    [Fact]
    public void Gradients_go_straight_to_the_floats_behind()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using TrainableModel model = Load(file.Path, TensorFormat.Q4_0);
        (double loss, Dictionary<string, float[]> straight) = TinyTraining.Learn(model, TinyTraining.Batch());
        model.Save(Saved);
        using TrainableModel rounded = Load(Saved);
        (double same, Dictionary<string, float[]> gradients) = TinyTraining.Learn(rounded, TinyTraining.Batch());
        same.ShouldBe(loss);
        straight.ShouldBeBitwise(gradients);
        using TrainableModel plain = Load(file.Path);
        Parameter behind = model.Parameters.Single(p => p.Name == "blk.0.ffn_up.weight");
        behind.Values.ToArray().ShouldBe(plain.Parameters.Single(p => p.Name == behind.Name).Values.ToArray());
        plain.Evaluate(TinyTraining.Batch()).ShouldNotBe(loss);
    }

    // A step that is far below the distance of two levels changes nothing by itself, and adds up.
    [Fact]
    public void Small_steps_add_up()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using TrainableModel model = Load(file.Path, TensorFormat.Q4_0);
        Parameter parameter = model.Parameters.Single(p => p.Name == "blk.0.ffn_up.weight");
        TrainingBatch batch = TinyTraining.Batch();
        double before = model.Evaluate(batch);
        Move(parameter, 1e-9f);
        model.Evaluate(batch).ShouldBe(before, 1e-6 * before);
        for (int step = 0; step < 200; step++)
        {
            Move(parameter, 1e-3f);
        }
        Math.Abs(model.Evaluate(batch) - before).ShouldBeGreaterThan(1e-4 * before);
    }

    static void Move(Parameter parameter, float by)
    {
        Span<float> values = parameter.Values;
        for (int i = 0; i < values.Length; i += 2)
        {
            values[i] += values[i] == 0 ? 0 : by;
        }
    }

    static void Descend(TrainableModel model, TrainingBatch batch, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            TinyTraining.Learn(model, batch, new StepOptions { Scale = (float)(1 / batch.TotalWeight) });
            foreach (Parameter parameter in model.Parameters)
            {
                Span<float> values = parameter.Values, gradient = parameter.Gradient;
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] -= 0.05f * gradient[i];
                }
            }
        }
    }

    [Fact]
    public void Threads_change_no_bit()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using WorkerPool one = new(1), three = new(3);
        TrainableOptions options = new() { Rounding = TensorFormat.Q4_0 };
        using TrainableModel alone = TrainableModel.Load(file.Path, one, options), together = TrainableModel.Load(file.Path, three, options);
        (_, Dictionary<string, float[]> first) = TinyTraining.Learn(alone, TinyTraining.Batch());
        (_, Dictionary<string, float[]> second) = TinyTraining.Learn(together, TinyTraining.Batch());
        second.ShouldBeBitwise(first);
    }

    [Fact]
    public void What_cannot_be_rounded_is_refused()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        Should.Throw<InputException>(() => Load(file.Path, TensorFormat.Q2_K)).Message.ShouldContain("Q2_K");
        Should.Throw<InputException>(() => Load(file.Path, TensorFormat.IQ2_XXS)).Message.ShouldContain("IQ2_XXS");
        Should.Throw<InputException>(() => TrainableModel.Load(file.Path, pool, new TrainableOptions { Rounding = TensorFormat.Q4_0, LowRank = new() })).Message.ShouldContain("lora");
    }

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
