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
        loss.ShouldBe(Differences.Loss(reference, batch), 1e-5 * loss);
        Dictionary<string, float[]> gradients = model.Parameters.ToDictionary(p => p.Name, TinyTraining.Unpacked);
        foreach (Parameter parameter in model.Parameters)
        {
            Check(parameter, gradients[parameter.Name], TinyTraining.Norm(gradients[parameter.Name], gradients.Values), new Differences(reference, batch, file.Shape));
        }
    }

    void Check(Parameter parameter, float[] gradient, double norm, Differences differences)
    {
        // Along the gradient any error of its length shows; along random signs any other shows as its own length.
        double[] along = [.. gradient.Select(g => g / norm)];
        double[] signs = [.. SmallNumbers.Normal(parameter.Name, gradient.Length).Select(v => (double)Math.Sign(v))];
        foreach (double[] direction in new[] { along, signs })
        {
            double expected = differences.Along(parameter, direction), actual = gradient.Zip(direction, (g, d) => g * d).Sum();
            output.WriteLine($"{parameter}: {actual:E6}, by differences {expected:E6}, off by {Math.Abs(actual - expected) / norm:E1} of the gradient");
            Math.Abs(actual - expected).ShouldBeLessThan(Tolerance * norm, parameter.ToString());
        }
    }
}
