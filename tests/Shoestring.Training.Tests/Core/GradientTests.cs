using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>The gradients of whole models are those of central differences of a forward pass in doubles, for every weight.</summary>
public class GradientTests(ITestOutputHelper output)
{
    // Of floats on the way through two blocks and back; the differences are good to 1e-8.
    const double Tolerance = 1e-4;

    public static TheoryData<string> Names => TinyTraining.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_are_central_differences(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        TrainingBatch batch = TinyTraining.Batch();
        double loss = model.Step(batch, new StepOptions());
        ReferenceModel reference = new(file, exact: true);
        loss.ShouldBe(Loss(reference, batch), 1e-5 * loss);
        foreach (Parameter parameter in model.Parameters)
        {
            Check(parameter, reference, batch, file.Shape);
        }
    }

    void Check(Parameter parameter, ReferenceModel reference, TrainingBatch batch, SmallShape shape)
    {
        float[] gradient = TinyTraining.Unpacked(parameter);
        double norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        norm.ShouldBeGreaterThan(0, parameter.Name);
        // Along the gradient any error of its length shows; along random signs any other shows as its own length.
        double[] along = [.. gradient.Select(g => g / norm)];
        double[] signs = [.. SmallNumbers.Normal(parameter.Name, gradient.Length).Select(v => (double)Math.Sign(v))];
        foreach (double[] direction in new[] { along, signs })
        {
            double expected = Difference(parameter, reference, batch, shape, direction), actual = gradient.Zip(direction, (g, d) => g * d).Sum();
            output.WriteLine($"{parameter}: {actual:E6}, by differences {expected:E6}, off by {Math.Abs(actual - expected) / norm:E1} of the gradient");
            Math.Abs(actual - expected).ShouldBeLessThan(Tolerance * norm, parameter.ToString());
        }
    }

    static double Difference(Parameter parameter, ReferenceModel reference, TrainingBatch batch, SmallShape shape, double[] direction)
    {
        double step = 1e-5 / Math.Sqrt(direction.Average(d => d * d) * Math.Min(direction.Length, 100));
        (double[] weight, int first) = Find(parameter, reference, shape);
        double[] before = weight[first..(first + direction.Length)];
        double Moved(double by)
        {
            for (int i = 0; i < direction.Length; i++)
            {
                weight[first + i] = before[i] + (by * direction[i]);
            }
            return Loss(reference, batch);
        }
        double difference = (Moved(step) - Moved(-step)) / (2 * step);
        Moved(0);
        return difference;
    }

    /// <summary>Where a parameter lies in the file: GPT-2's queries, keys and values are rows of one matrix.</summary>
    static (double[] Weight, int First) Find(Parameter parameter, ReferenceModel reference, SmallShape shape)
    {
        string[] parts = parameter.Name.Split('.');
        int third = parts.Length == 4 ? Array.IndexOf(["attn_q", "attn_k", "attn_v"], parts[2]) : -1;
        return shape.IsGpt2 && third >= 0
            ? (reference.Weight($"blk.{parts[1]}.attn_qkv.{parts[3]}"), third * (int)parameter.Elements) : (reference.Weight(parameter.Name), 0);
    }

    static double Loss(ReferenceModel reference, TrainingBatch batch)
    {
        double loss = 0;
        foreach (RowRange document in batch.Documents)
        {
            double[][] logits = reference.Logits(batch.Tokens.Slice(document.First, document.Count).ToArray());
            for (int i = 0; i < logits.Length; i++)
            {
                double top = logits[i].Max();
                loss += batch.Weights[document.First + i] * (top + Math.Log(logits[i].Sum(l => Math.Exp(l - top))) - logits[i][batch.Targets[document.First + i]]);
            }
        }
        return loss;
    }
}
