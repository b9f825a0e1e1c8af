using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Scores of examples against a forward pass in doubles and a model's own gradients, and what they take.</summary>
public sealed class ExampleScoresTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
    readonly TrainableModel model;
    readonly TokenStore store;

    public ExampleScoresTests()
    {
        model = TrainableModel.Load(file.Path, pool);
        store = new TokenStore(model.Memory);
        foreach (string name in new[] { "first", "a longer one", "third", "the fourth and longest" })
        {
            int[] tokens = SmallNumbers.Tokens(name, 4 + name.Length);
            store.Add(tokens, [.. tokens.Select((_, i) => i % 5 != 3)]);
        }
    }

    ExampleScores Scores(int rows = 20) => new(store, model, rows, new StepOptions(), pool);

    IEnumerable<(double Loss, double Norm)> Expected()
    {
        ReferenceModel reference = new(file, exact: true);
        foreach (TokenSlice slice in store.Documents)
        {
            int[] tokens = store.Read(slice);
            double[][] logits = reference.Logits(tokens[..^1]);
            var rows = Enumerable.Range(0, logits.Length).Where(row => (row + 1) % 5 != 3).Select(row =>
            {
                double top = logits[row].Max(), sum = logits[row].Sum(v => Math.Exp(v - top));
                double[] p = [.. logits[row].Select(v => Math.Exp(v - top) / sum)];
                int target = tokens[row + 1];
                return (Loss: -Math.Log(p[target]), Norm: Math.Sqrt(p.Select((v, i) => Math.Pow(v - (i == target ? 1 : 0), 2)).Sum()));
            }).ToArray();
            yield return (rows.Average(row => row.Loss), rows.Average(row => row.Norm));
        }
    }

    [Theory]
    [InlineData(20)]
    [InlineData(200)]
    public void Losses_and_error_norms_are_those_of_the_formula(int rows)
    {
        double[] losses = Scores(rows).MeanLosses(store.Documents, null), norms = Scores(rows).ErrorNorms(store.Documents, null);
        (double Loss, double Norm)[] expected = [.. Expected()];
        for (int e = 0; e < expected.Length; e++)
        {
            losses[e].ShouldBe(expected[e].Loss, 1e-5 * expected[e].Loss);
            norms[e].ShouldBe(expected[e].Norm, 1e-5);
        }
    }

    [Fact]
    public void Gradient_norms_are_those_of_the_gradients()
    {
        double[] norms = Scores().GradientNorms(store.Documents);
        for (int e = 0; e < norms.Length; e++)
        {
            TrainingBatch batch = new();
            int[] tokens = store.Read(store.Documents[e]);
            batch.Add(tokens, [.. tokens.Select((_, i) => i % 5 != 3 ? 1f : 0)]);
            (_, Dictionary<string, float[]> gradients) = TinyTraining.Learn(model, batch);
            double expected = Math.Sqrt(gradients.Values.Sum(gradient => gradient.Sum(g => (double)g * g))) / batch.TotalWeight;
            norms[e].ShouldBe(expected, 1e-5 * expected);
        }
    }

    [Fact]
    public void Features_are_means_of_final_states_and_a_proxy_of_the_same_weights_gives_the_same()
    {
        (float[] features, int channels) = Scores().Features(store.Documents, null);
        (features.Length, channels).ShouldBe((store.Documents.Count * 32, 32));
        long held = model.Memory.Current(MemoryKind.Weights);
        Scores().Features(store.Documents, file.Path).Features.ShouldBe(features);
        Scores().MeanLosses(store.Documents, file.Path).ShouldBe(Scores().MeanLosses(store.Documents, null));
        model.Memory.Current(MemoryKind.Weights).ShouldBe(held);
        // Alone or beside others, a row is the same.
        Scores(rows: 1).Features(store.Documents, null).Features.ShouldBe(features);
    }

    [Fact]
    public void Looking_costs_forward_passes_as_the_formula_has_them()
    {
        Scores(rows: 200).MeanLosses(store.Documents, null);
        int[] lengths = [.. store.Documents.Select(document => document.Count - 1)];
        model.Operations.Counters.Flops.ShouldBe(model.Cost.TrainingFlops(lengths, new TrainingWork(_ => true)).Forward);
        model.Operations.Counters.Reset();
        Scores().GradientNorms(store.Documents);
        model.Operations.Counters.Flops.ShouldBe(lengths.Sum(length => model.Cost.TrainingFlops([length], new TrainingWork(_ => true)).Total));
        model.Passes.ShouldBe(0);
    }

    public void Dispose()
    {
        store.Dispose();
        model.Dispose();
        file.Dispose();
        pool.Dispose();
    }
}
