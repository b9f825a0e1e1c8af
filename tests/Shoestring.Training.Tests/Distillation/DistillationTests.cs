using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>A student that listens to a teacher: gradients, what changes nothing, and what it costs.</summary>
public sealed class DistillationTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly SmallModel teacherFile = new(TinyTraining.Shape("llama", layers: 3), TensorFormat.F32);

    DistillationOptions Options(double alpha = 0.5, DivergenceDirection direction = DivergenceDirection.Forward) => new(teacherFile.Path) { Alpha = alpha, Direction = direction };

    [Theory]
    [InlineData("llama", DivergenceDirection.Forward)]
    [InlineData("llama", DivergenceDirection.Reverse)]
    [InlineData("gpt2", DivergenceDirection.Forward)]
    [InlineData("qwen3", DivergenceDirection.Reverse)]
    public void Gradients_are_central_differences(string name, DivergenceDirection direction)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        DistillationOptions options = Options(0.7, direction);
        using Distillation distillation = Distillation.Open(options, model, pool);
        TrainingBatch batch = TinyTraining.Batch();
        double loss = model.Step(batch, new StepOptions { Distillation = distillation });
        ReferenceModel reference = new(file, exact: true), teacher = new(teacherFile, exact: true);
        double[][] said = Logits(teacher, batch);
        loss.ShouldBe(Loss(reference, batch, said, options), 1e-5 * loss);
        Dictionary<string, float[]> gradients = model.Parameters.ToDictionary(p => p.Name, TinyTraining.Unpacked);
        Differences differences = new(reference, batch, file.Shape, () => Loss(reference, batch, said, options));
        foreach (Parameter parameter in model.Parameters)
        {
            float[] gradient = gradients[parameter.Name];
            double norm = TinyTraining.Norm(gradient, gradients.Values);
            double[] along = [.. gradient.Select(g => g / norm)];
            double expected = differences.Along(parameter, along), actual = gradient.Zip(along, (g, d) => g * d).Sum();
            Math.Abs(actual - expected).ShouldBeLessThan(1e-4 * norm, parameter.ToString());
        }
    }

    static double[][] Logits(ReferenceModel model, TrainingBatch batch) =>
        [.. batch.Documents.ToArray().SelectMany(document => model.Logits(batch.Tokens.Slice(document.First, document.Count).ToArray()))];

    static double Loss(ReferenceModel student, TrainingBatch batch, double[][] teacher, DistillationOptions options)
    {
        double[][] logits = Logits(student, batch);
        double loss = 0;
        for (int row = 0; row < logits.Length; row++)
        {
            double[] q = LogSoftmax(logits[row], options.Temperature), p = LogSoftmax(teacher[row], options.Temperature);
            double divergence = options.Direction == DivergenceDirection.Forward ? p.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum() : q.Zip(p, (a, b) => Math.Exp(a) * (a - b)).Sum();
            loss += batch.Weights[row] * (((1 - options.Alpha) * -LogSoftmax(logits[row], 1)[batch.Targets[row]]) + (options.Alpha * options.Temperature * options.Temperature * divergence));
        }
        return loss;
    }

    static double[] LogSoftmax(double[] x, double temperature)
    {
        double top = x.Max(), sum = Math.Log(x.Sum(v => Math.Exp((v - top) / temperature)));
        return [.. x.Select(v => ((v - top) / temperature) - sum)];
    }

    [Theory]
    [InlineData(DivergenceDirection.Forward)]
    [InlineData(DivergenceDirection.Reverse)]
    public void A_student_that_is_its_teacher_learns_nothing(DivergenceDirection direction)
    {
        using TrainableModel model = TrainableModel.Load(teacherFile.Path, pool);
        using Distillation distillation = Distillation.Open(Options(1, direction), model, pool);
        (double loss, Dictionary<string, float[]> gradients) = TinyTraining.Learn(model, TinyTraining.Batch(), new StepOptions { Distillation = distillation });
        loss.ShouldBe(0);
        gradients.Values.ShouldAllBe(gradient => gradient.All(g => g == 0));
    }

    [Fact]
    public void A_teacher_without_a_part_changes_no_bit_and_costs_nothing()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using TrainableModel model = TrainableModel.Load(file.Path, pool), plain = TrainableModel.Load(file.Path, pool);
        using Distillation distillation = Distillation.Open(Options(0), model, pool);
        (double loss, Dictionary<string, float[]> gradients) = TinyTraining.Learn(model, TinyTraining.Batch(), new StepOptions { Distillation = distillation });
        (double expected, Dictionary<string, float[]> others) = TinyTraining.Learn(plain, TinyTraining.Batch());
        loss.ShouldBe(expected);
        gradients.ShouldBeBitwise(others);
        model.Operations.Counters.Flops.ShouldBe(plain.Operations.Counters.Flops);
        model.Memory.Peak(MemoryKind.Activations).ShouldBe(plain.Memory.Peak(MemoryKind.Activations));
    }

    [Theory]
    [InlineData(TensorFormat.F32)]
    [InlineData(TensorFormat.F16)]
    [InlineData(TensorFormat.Q8_0)]
    public void Operations_and_bytes_are_the_predicted_ones(TensorFormat format)
    {
        using SmallModel big = new(TinyTraining.Shape("llama", layers: 4), format), file = new(TinyTraining.Shape("llama-tied-partial"), TensorFormat.F32);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        using Distillation distillation = Distillation.Open(new DistillationOptions(big.Path), model, pool);
        TrainingBatch batch = TinyTraining.Batch();
        // Chunks of sixteen rows of logits, so that there are several.
        StepOptions options = new() { Distillation = distillation, LogitBytes = 16 * SmallShape.Vocabulary * sizeof(float), Checkpointing = Checkpointing.Blocks };
        double loss = model.Step(batch, options);
        int[] lengths = [.. batch.Documents.ToArray().Select(document => document.Count)];
        long student = model.Cost.TrainingFlops(lengths, new TrainingWork(_ => true) { Checkpointing = Checkpointing.Blocks }).Total;
        model.Operations.Counters.Flops.ShouldBe(student + distillation.Flops(lengths));
        distillation.Flops(lengths).ShouldBe(distillation.Teacher.Cost.TrainingFlops(lengths, new TrainingWork(_ => true)).Forward);
        model.Memory.Peak(MemoryKind.Activations).ShouldBe(model.ActivationBytes(batch.Rows, options));
        model.Step(batch, options with { LogitBytes = 1 << 24 }).ShouldBe(loss, 1e-9 * loss);
    }

    [Fact]
    public void Threads_change_no_bit()
    {
        using SmallModel file = new(TinyTraining.Shape("qwen3"), TensorFormat.F32);
        using WorkerPool one = new(1), three = new(3);
        using TrainableModel alone = TrainableModel.Load(file.Path, one), together = TrainableModel.Load(file.Path, three);
        using Distillation first = Distillation.Open(Options(), alone, one), second = Distillation.Open(Options(), together, three);
        (double loss, Dictionary<string, float[]> gradients) = TinyTraining.Learn(alone, TinyTraining.Batch(), new StepOptions { Distillation = first });
        (double other, Dictionary<string, float[]> others) = TinyTraining.Learn(together, TinyTraining.Batch(), new StepOptions { Distillation = second });
        other.ShouldBe(loss);
        others.ShouldBeBitwise(gradients);
    }

    [Fact]
    public void A_teacher_of_other_pieces_is_refused()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        string path = Path.Combine(Path.GetDirectoryName(file.Path)!, "other.gguf");
        ModelConfiguration alike = model.Configuration with { Rotary = new RotarySettings(10_000, 8).Build(RotaryLayout.Interleaved) };
        using (TrainableModel other = TrainableModel.Create(alike, Trained.Vocabulary(Trained.Stories, SmallShape.Vocabulary), 1, pool))
        {
            other.Save(path);
        }
        long held = model.Memory.Current(MemoryKind.Weights);
        Should.Throw<InputException>(() => Distillation.Open(new DistillationOptions(path), model, pool)).Message.ShouldContain("vocabulary");
        Should.Throw<InputException>(() => Distillation.Open(Options(1.5), model, pool)).Message.ShouldContain("alpha");
        model.Memory.Current(MemoryKind.Weights).ShouldBe(held);
    }

    public void Dispose()
    {
        pool.Dispose();
        teacherFile.Dispose();
    }
}
