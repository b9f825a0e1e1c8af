using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Small models of each architecture and batches for them.</summary>
static class TinyTraining
{
    /// <summary>Small enough that a forward pass in doubles takes a millisecond or two.</summary>
    public static SmallShape Shape(string name, int layers = 2)
    {
        SmallShape shape = SmallShape.Find(name);
        int scale = shape.HeadChannels / 8;
        return shape with { Layers = layers, Width = 32, Heads = 4, KvHeads = shape.KvHeads == shape.Heads ? 4 : 2, HeadChannels = 8, RotaryChannels = shape.RotaryChannels / scale, FeedForward = 64, Context = 64, Window = shape.Window > 0 ? 3 : 0 };
    }

    public static TheoryData<string> Names => ["llama", "llama-tied-partial", "llama-window", "qwen2", "qwen3", "gpt2"];

    /// <summary>Three documents; the loss leaves some rows out and counts others differently.</summary>
    public static TrainingBatch Batch(params string[] documents)
    {
        TrainingBatch batch = new();
        foreach (string document in documents.Length == 0 ? ["one", "another", "a third"] : documents)
        {
            int[] tokens = SmallNumbers.Tokens(document, 4 + document.Length);
            batch.Add(tokens, [.. tokens.Select((_, i) => i % 4 == 2 ? 0 : 1 + (0.5f * (i % 3)))]);
        }
        return batch;
    }

    /// <summary>What a model learns of a batch in one step, and its gradients by name, copied.</summary>
    public static (double Loss, Dictionary<string, float[]> Gradients) Learn(TrainableModel model, TrainingBatch batch, StepOptions? options = null)
    {
        model.ClearGradients();
        double loss = model.Step(batch, options ?? new StepOptions());
        return (loss, Gradients(model));
    }

    public static Dictionary<string, float[]> Gradients(TrainableModel model) => model.Parameters.ToDictionary(p => p.Name, p => p.Gradient.ToArray());

    /// <summary>A parameter's gradient in the order of the file. <c>[output, input]</c></summary>
    public static float[] Unpacked(Parameter parameter)
    {
        if (parameter.MatrixGradient is not { } matrix)
        {
            return parameter.Gradient.ToArray();
        }
        float[] values = new float[parameter.Elements];
        for (int row = 0; row < parameter.Rows; row++)
        {
            matrix.CopyRow(row, MemoryMarshal.AsBytes(values.AsSpan(row * parameter.Columns, parameter.Columns)));
        }
        return values;
    }

    /// <summary>
    /// What an error is held against: a gradient's norm, or a thousandth of the largest gradient's where that is more. A bias of
    /// keys moves all scores of a query alike where positions are learned: its gradient is zero but for rounding.
    /// </summary>
    public static double Norm(float[] gradient, IEnumerable<float[]> all) => Math.Max(Norm(gradient), 1e-3 * all.Max(Norm));

    static double Norm(float[] gradient) => Math.Sqrt(gradient.Sum(g => (double)g * g));

    /// <summary>Holds gradients against others, relative to the norm of each parameter's.</summary>
    public static void ShouldBeNear(this Dictionary<string, float[]> actual, Dictionary<string, float[]> expected, double tolerance)
    {
        actual.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach ((string name, float[] values) in expected)
        {
            double error = Math.Sqrt(values.Zip(actual[name], (e, a) => Math.Pow((double)e - a, 2)).Sum()), norm = Norm(values, expected.Values);
            error.ShouldBeLessThanOrEqualTo(tolerance * norm, $"{name}: {error:E2} of {norm:E2}");
        }
    }

    /// <summary>Holds gradients against others, bit by bit.</summary>
    public static void ShouldBeBitwise(this Dictionary<string, float[]> actual, Dictionary<string, float[]> expected)
    {
        actual.Keys.ShouldBe(expected.Keys, ignoreOrder: true);
        foreach ((string name, float[] values) in expected)
        {
            MemoryMarshal.Cast<float, int>(actual[name].AsSpan()).SequenceEqual(MemoryMarshal.Cast<float, int>(values.AsSpan())).ShouldBeTrue(name);
        }
    }
}
