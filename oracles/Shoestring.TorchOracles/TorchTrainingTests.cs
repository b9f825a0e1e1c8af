using System.Runtime.CompilerServices;
using Shoestring.Models.Tests;
using Shoestring.Tensors;
using Shoestring.Torch;
using Shoestring.Training;

namespace Shoestring.TorchOracles;

/// <summary>Whole models against the same models in TorchSharp: libtorch's gradients and TorchSharp's AdamW.</summary>
public class TorchTrainingTests(ITestOutputHelper output)
{
    const double Tolerance = 1e-4;

    [ModuleInitializer]
    internal static void Start() => TorchRuntime.Start(threads: 2);

    public static TheoryData<string> Names => ["llama", "llama-tied-partial", "qwen2", "gpt2"];

    /// <summary>Documents of two lengths; some rows count nothing, others differently.</summary>
    static TrainingBatch Batch(int number)
    {
        TrainingBatch batch = new();
        foreach (int length in new[] { 40, 40, 97 })
        {
            int[] tokens = SmallNumbers.Tokens($"{number} {length} {batch.Rows}", length + 1);
            batch.Add(tokens, [.. tokens.Select((_, i) => i % 4 == 2 ? 0 : 1 + (0.5f * (i % 3)))]);
        }
        return batch;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_of_every_parameter_are_libtorchs(string name)
    {
        using SmallModel file = new(SmallShape.Find(name), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel ours = TrainableModel.Load(file.Path, pool);
        using TorchModel theirs = new(ours);
        using TorchTrainer trainer = new(theirs, new AdamWOptions(), 1e-3);
        TrainingBatch batch = Batch(1);
        double expected = trainer.Learn(batch), loss = ours.Step(batch, new StepOptions { Scale = (float)(1 / batch.TotalWeight) }) / batch.TotalWeight;
        loss.ShouldBe(expected, Tolerance * expected);
        Dictionary<string, float[]> gradients = ours.Parameters.ToDictionary(parameter => parameter.Name, parameter => theirs.Gradient(parameter.Name));
        // Biases of keys move all scores of a query alike: their gradient is zero but for rounding, and held against the largest.
        double largest = gradients.Values.Max(Norm), worst = 0;
        foreach (Parameter parameter in ours.Parameters)
        {
            float[] own = InFileOrder(parameter), other = gradients[parameter.Name];
            double error = Norm([.. own.Zip(other, (a, b) => a - b)]) / Math.Max(Norm(other), 1e-3 * largest);
            worst = Math.Max(worst, error);
            error.ShouldBeLessThanOrEqualTo(Tolerance, parameter.Name);
        }
        output.WriteLine($"{name}: loss {loss:F6} ({expected:F6}), {gradients.Count} parameters, largest error of a gradient {worst:E1}");
        largest.ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ten_steps_of_AdamW_have_the_losses_of_TorchSharps(string name)
    {
        using SmallModel file = new(SmallShape.Find(name), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel ours = TrainableModel.Load(file.Path, pool);
        using TorchModel theirs = new(ours);
        AdamWOptions options = new();
        using TorchTrainer trainer = new(theirs, options, 1e-3);
        ModelTrainee trainee = new(ours, default);
        using Optimizer optimizer = options.Create(trainee.Parameters, 0, pool, ours.Memory);
        List<double> losses = [];
        for (int step = 0; step < 10; step++)
        {
            TrainingBatch batch = Batch(step % 2);
            double expected = trainer.Learn(batch);
            trainee.ClearGradients();
            losses.Add(trainee.Accumulate(batch, null) / batch.TotalWeight);
            losses[^1].ShouldBe(expected, Tolerance * expected, $"step {step}");
            trainer.Update();
            for (int i = 0; i < trainee.Parameters.Count; i++)
            {
                optimizer.Update(i, new ParameterUpdate(trainee.Weights(i), trainee.Gradient(i), 1e-3, 1 / batch.TotalWeight));
            }
        }
        output.WriteLine($"{name}: losses {string.Join(", ", losses.Select(loss => loss.ToString("F5")))}");
        losses[^1].ShouldBeLessThan(losses[1], "it learned");
    }

    static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));

    static float[] InFileOrder(Parameter parameter)
    {
        float[] values = parameter.Gradient.ToArray();
        if (parameter.MatrixGradient is not { } matrix)
        {
            return values;
        }
        values = new float[parameter.Elements];
        for (int row = 0; row < parameter.Rows; row++)
        {
            matrix.GetRow(row, values.AsSpan(row * parameter.Columns, parameter.Columns));
        }
        return values;
    }
}
