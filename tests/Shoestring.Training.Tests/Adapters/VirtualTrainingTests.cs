using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Prompt and prefix tuning: what is learned stands before every document, with the gradients of what it is.</summary>
public sealed class VirtualTrainingTests : IDisposable
{
    const int Rows = 3;
    readonly WorkerPool pool = new(2);

    TrainableModel Load(SmallModel file, bool isPrefix) => TrainableModel.Load(file.Path, pool, new TrainableOptions { Virtual = new VirtualOptions { IsPrefix = isPrefix, Rows = Rows, Seed = 4 } });

    // Inputs of the same tokens, or the keys and values that they give: the rest of the model sees no difference.
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3")]
    [InlineData("gpt2")]
    public void Both_begin_as_real_tokens(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel prompt = Load(file, false), prefix = Load(file, true), plain = TrainableModel.Load(file.Path, pool);
        TrainingBatch batch = TinyTraining.Batch();
        double loss = prompt.Evaluate(batch);
        prefix.Evaluate(batch).ShouldBe(loss, 1e-6 * loss);
        Math.Abs(plain.Evaluate(batch) - loss).ShouldBeGreaterThan(1e-4 * loss);
        prompt.Parameters.Single().Elements.ShouldBe(Rows * prompt.Configuration.Width);
        prefix.Parameters.Count.ShouldBe(2 * prefix.Configuration.Blocks.Count);
    }

    // Tokens that stand nowhere else have the gradients of inputs as the gradients of their embedding.
    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Gradients_of_a_prompt_are_those_of_embeddings(string name)
    {
        SmallShape shape = TinyTraining.Shape(name) with { Tied = false };
        using SmallModel file = new(shape, TensorFormat.F32);
        using TrainableModel prompt = Load(file, false), whole = TrainableModel.Load(file.Path, pool);
        TrainingBatch batch = TinyTraining.Batch(), longer = new();
        HashSet<int> used = [.. batch.Tokens.ToArray()];
        int[] before = [.. Enumerable.Range(0, SmallShape.Vocabulary).Where(token => !used.Contains(token)).Take(Rows)];
        Parameter embedding = whole.Parameters.Single(parameter => parameter.Name == "token_embd.weight"), rows = prompt.Parameters.Single();
        float[] row = new float[embedding.Columns];
        for (int i = 0; i < Rows; i++)
        {
            embedding.Matrix!.GetRow(before[i], row);
            row.CopyTo(rows.Values[(i * row.Length)..]);
        }
        foreach (RowRange document in batch.Documents)
        {
            longer.Add([.. before, .. batch.Tokens.Slice(document.First, document.Count)], [.. before, .. batch.Targets.Slice(document.First, document.Count)], [.. new float[Rows], .. batch.Weights.Slice(document.First, document.Count)]);
        }
        prompt.Step(batch, new StepOptions()).ShouldBe(whole.Step(longer, new StepOptions()));
        for (int i = 0; i < Rows; i++)
        {
            embedding.MatrixGradient!.GetRow(before[i], row);
            rows.Gradient.Slice(i * row.Length, row.Length).ToArray().ShouldBe(row);
        }
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama-window")]
    [InlineData("qwen3")]
    [InlineData("gpt2")]
    public void Gradients_of_a_prefix_are_central_differences(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel model = Load(file, true);
        TrainingBatch batch = TinyTraining.Batch();
        double loss = model.Step(batch, new StepOptions());
        Dictionary<string, double[]> values = model.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Values.ToArray().Select(value => (double)value).ToArray());
        ReferenceModel reference = new(file, exact: true)
        {
            Learned = (block, position) => position >= Rows ? null : (Row(values[$"blk.{block}.prefix_k"], position), Row(values[$"blk.{block}.prefix_v"], position)),
        };
        loss.ShouldBe(Loss(reference, batch), 1e-5 * loss);
        double largest = model.Parameters.Max(parameter => Norm(parameter.Gradient.ToArray()));
        foreach (Parameter parameter in model.Parameters)
        {
            float[] gradient = parameter.Gradient.ToArray();
            double norm = Math.Max(Norm(gradient), 1e-3 * largest);
            foreach (double[] direction in new double[][] { [.. gradient.Select(g => g / norm)], [.. SmallNumbers.Normal(parameter.Name, gradient.Length).Select(v => (double)Math.Sign(v))] })
            {
                double expected = Along(reference, batch, values[parameter.Name], direction);
                Math.Abs(gradient.Zip(direction, (g, d) => g * d).Sum() - expected).ShouldBeLessThan(1e-4 * norm, parameter.ToString());
            }
        }
    }

    static double Norm(float[] values) => Math.Sqrt(values.Sum(v => (double)v * v));

    static double[] Row(double[] values, int row) => values[(row * values.Length / Rows)..((row + 1) * values.Length / Rows)];

    static double Along(ReferenceModel reference, TrainingBatch batch, double[] values, double[] direction)
    {
        double step = 1e-5 / Math.Sqrt(direction.Average(d => d * d) * Math.Min(direction.Length, 100));
        double[] before = [.. values];
        double Moved(double by)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = before[i] + (by * direction[i]);
            }
            return Loss(reference, batch);
        }
        double difference = (Moved(step) - Moved(-step)) / (2 * step);
        before.CopyTo(values, 0);
        return difference;
    }

    static double Loss(ReferenceModel reference, TrainingBatch batch)
    {
        double loss = 0;
        foreach (RowRange document in batch.Documents)
        {
            double[][] logits = reference.Logits([.. new int[Rows], .. batch.Tokens.Slice(document.First, document.Count)])[Rows..];
            for (int i = 0; i < logits.Length; i++)
            {
                double top = logits[i].Max();
                loss += batch.Weights[document.First + i] * (top + Math.Log(logits[i].Sum(l => Math.Exp(l - top))) - logits[i][batch.Targets[document.First + i]]);
            }
        }
        return loss;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Learning_changes_the_rows_alone_and_attached_they_do_the_same(bool isPrefix)
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q8_0);
        using WorkerPool one = new(1);
        using TrainableModel model = Load(file, isPrefix), threads = TrainableModel.Load(file.Path, one, new TrainableOptions { Virtual = new VirtualOptions { IsPrefix = isPrefix, Rows = Rows, Seed = 4 } });
        TrainingBatch batch = TinyTraining.Batch();
        double first = model.Evaluate(batch);
        for (int step = 0; step < 20; step++)
        {
            Dictionary<string, float[]> gradients = TinyTraining.Learn(model, batch, new StepOptions { Scale = (float)(1 / batch.TotalWeight) }).Gradients;
            if (step == 0)
            {
                TinyTraining.Learn(threads, batch, new StepOptions { Scale = (float)(1 / batch.TotalWeight), Checkpointing = Checkpointing.Blocks }).Gradients.ShouldBeBitwise(gradients);
            }
            foreach (Parameter parameter in model.Parameters)
            {
                for (int i = 0; i < parameter.Values.Length; i++)
                {
                    parameter.Values[i] -= 0.5f * parameter.Gradient[i];
                }
            }
        }
        double after = model.Evaluate(batch);
        after.ShouldBeLessThan(0.98 * first);
        using LanguageModel attached = LanguageModel.Load(file.Path, pool);
        attached.Adapters.Attach(model.Adapter!);
        Loss(attached, batch).ShouldBe(after, 2e-3 * after);
        Should.Throw<InputException>(() => model.Save(Path.Combine(Path.GetTempPath(), "never.gguf"))).Message.ShouldContain("--adapter");
    }

    // By sequences, as they are run.
    double Loss(LanguageModel model, TrainingBatch batch)
    {
        using Operations operations = new(pool, model.Memory);
        using StepMemory memory = new(model.Configuration, 32, 32, model.Memory);
        double loss = 0;
        foreach (RowRange document in batch.Documents)
        {
            using SequenceState state = model.Transformer.CreateState(document.Count, KvFormat.F32, model.Memory);
            Step step = new(operations, new Batch(), memory);
            step.Batch.Add(state, batch.Tokens.Slice(document.First, document.Count), document.Count);
            Tensor logits = model.Transformer.Forward(step);
            for (int i = 0; i < document.Count; i++)
            {
                loss += batch.Weights[document.First + i] * LogProbabilities.NegativeLogLikelihood(logits.Row(i), batch.Targets[document.First + i]);
            }
        }
        return loss;
    }

    public void Dispose() => pool.Dispose();
}
