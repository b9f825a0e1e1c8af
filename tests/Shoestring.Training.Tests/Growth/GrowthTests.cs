using System.Runtime.InteropServices;
using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>A grown model says what the small one said, costs what is predicted, and learns.</summary>
public sealed class GrowthTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-growth-").FullName;

    string Saved => Path.Combine(folder, "grown.gguf");

    public static TheoryData<string> Names => TinyTraining.Names;

    TrainableModel Grow(string path, GrowthOptions growth) => TrainableModel.Load(path, pool, new TrainableOptions { Growth = growth });

    [Theory]
    [MemberData(nameof(Names))]
    public void Silent_blocks_change_no_bit(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        float[][] before = Logits(file.Path);
        using (TrainableModel grown = Grow(file.Path, new GrowthOptions { Blocks = 3 }))
        {
            grown.Configuration.Blocks.Count.ShouldBe(5);
            grown.Save(Saved);
        }
        ShouldBeBitwise(Logits(Saved), before);
    }

    [Theory]
    [InlineData(TensorFormat.F16)]
    [InlineData(TensorFormat.Q4_0)]
    [InlineData(TensorFormat.Q8_0)]
    public void They_are_silent_in_the_formats_of_files_too(TensorFormat format)
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), format);
        float[][] before = Logits(file.Path);
        // Only the new blocks are floats, and the file has them as the others again.
        using (TrainableModel grown = Grow(file.Path, new GrowthOptions { Blocks = 2, OnlyNewLearn = true }))
        {
            grown.Parameters.ShouldAllBe(parameter => parameter.Name.StartsWith("blk.1.", StringComparison.Ordinal) || parameter.Name.StartsWith("blk.3.", StringComparison.Ordinal));
            grown.Save(Saved);
        }
        using (GgufFile saved = GgufFile.Open(Saved))
        {
            saved.Tensors.ShouldAllBe(tensor => tensor.Shape.Rows == 1 || tensor.Format == format);
        }
        ShouldBeBitwise(Logits(Saved), before);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Wider_layers_say_the_same_to_rounding(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        float[][] before = Logits(file.Path);
        using (TrainableModel grown = Grow(file.Path, new GrowthOptions { FeedForward = 160, Blocks = 1, Seed = 5 }))
        {
            grown.Configuration.Blocks.ShouldAllBe(block => block.FeedForwardWidth == 160);
            grown.Save(Saved);
        }
        float largest = before.Max(row => row.Max(Math.Abs));
        Logits(Saved).Zip(before, (after, row) => after.Zip(row, (a, b) => Math.Abs(a - b)).Max()).Max().ShouldBeLessThan(1e-5f * largest);
    }

    [Fact]
    public void Copies_share_what_goes_out_and_learn_different_things()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using TrainableModel grown = Grow(file.Path, new GrowthOptions { FeedForward = 128, Seed = 5 });
        TinyTraining.Learn(grown, TinyTraining.Batch());
        Parameter up = grown.Parameters.Single(parameter => parameter.Name == "blk.0.ffn_up.weight");
        float[] values = Rows(up.Matrix!), gradients = TinyTraining.Unpacked(up);
        int columns = up.Columns, alike = 0;
        for (int copy = 64; copy < 128; copy++)
        {
            int original = Enumerable.Range(0, 64).First(row => values.AsSpan(row * columns, columns).SequenceEqual(values.AsSpan(copy * columns, columns)));
            alike += gradients.AsSpan(original * columns, columns).SequenceEqual(gradients.AsSpan(copy * columns, columns)) ? 1 : 0;
        }
        alike.ShouldBe(0);
    }

    static float[] Rows(PackedMatrix matrix)
    {
        float[] values = new float[matrix.Rows * matrix.Columns];
        for (int row = 0; row < matrix.Rows; row++)
        {
            matrix.CopyRow(row, MemoryMarshal.AsBytes(values.AsSpan(row * matrix.Columns, matrix.Columns)));
        }
        return values;
    }

    [Fact]
    public void Silent_blocks_wake_up()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using TrainableModel grown = Grow(file.Path, new GrowthOptions { Blocks = 1 });
        (_, Dictionary<string, float[]> gradients) = TinyTraining.Learn(grown, TinyTraining.Batch());
        foreach (string name in new[] { "blk.2.attn_output.weight", "blk.2.ffn_down.weight" })
        {
            grown.Parameters.Single(parameter => parameter.Name == name).Values.ToArray().ShouldAllBe(value => value == 0);
            gradients[name].ShouldContain(gradient => gradient != 0);
        }
    }

    [Fact]
    public void Stacked_blocks_are_the_old_ones_again()
    {
        using SmallModel file = new(TinyTraining.Shape("qwen2"), TensorFormat.F32);
        using TrainableModel grown = Grow(file.Path, new GrowthOptions { Blocks = 3, Kind = BlockGrowth.Stacked }), small = TrainableModel.Load(file.Path, pool);
        Dictionary<string, float[]> before = small.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Values.ToArray());
        foreach (Parameter parameter in grown.Parameters)
        {
            string[] parts = parameter.Name.Split('.');
            string name = parts[0] == "blk" ? $"blk.{int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) % 2}.{parts[2]}.{parts[3]}" : parameter.Name;
            parameter.Values.ToArray().ShouldBe(before[name], parameter.Name);
        }
        grown.Evaluate(TinyTraining.Batch()).ShouldNotBe(small.Evaluate(TinyTraining.Batch()));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Operations_and_bytes_are_the_predicted_ones(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel grown = Grow(file.Path, new GrowthOptions { Blocks = 2, FeedForward = 96, OnlyNewLearn = true });
        TrainingBatch batch = TinyTraining.Batch();
        grown.Step(batch, new StepOptions());
        HashSet<string> learned = [.. grown.Parameters.Select(parameter => parameter.Name)];
        TrainingWork work = new(learned.Contains);
        int[] lengths = [.. batch.Documents.ToArray().Select(document => document.Count)];
        grown.Operations.Counters.Flops.ShouldBe(grown.Cost.TrainingFlops(lengths, work).Total);
        grown.Memory.Peak(MemoryKind.Gradients).ShouldBe(grown.Cost.GradientBytes(learned.Contains));
        grown.Memory.Peak(MemoryKind.Activations).ShouldBe(grown.ActivationBytes(batch.Rows, new StepOptions()));
    }

    [Fact]
    public void What_is_no_growth_is_refused()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        foreach (GrowthOptions growth in new GrowthOptions[] { new(), new() { FeedForward = 64 }, new() { Blocks = 5000 }, new() { FeedForward = 128, OnlyNewLearn = true } })
        {
            Should.Throw<InputException>(() => Grow(file.Path, growth), growth.ToString()).Where.ShouldBe("grow");
        }
    }

    float[][] Logits(string path)
    {
        using LanguageModel model = LanguageModel.Load(path, pool);
        int[] tokens = SmallNumbers.Tokens("growth", 11);
        MemoryAccount account = new();
        using Operations operations = new(pool, account);
        using StepMemory memory = new(model.Configuration, tokens.Length, tokens.Length, account);
        using SequenceState state = model.Transformer.CreateState(tokens.Length, KvFormat.F32, account);
        Step step = new(operations, new Batch(), memory);
        step.Batch.Add(state, tokens, tokens.Length);
        Tensor logits = model.Transformer.Forward(step);
        return [.. Enumerable.Range(0, tokens.Length).Select(row => logits.Row(row).ToArray())];
    }

    static void ShouldBeBitwise(float[][] actual, float[][] expected)
    {
        for (int row = 0; row < expected.Length; row++)
        {
            MemoryMarshal.Cast<float, int>(actual[row].AsSpan()).SequenceEqual(MemoryMarshal.Cast<float, int>(expected[row].AsSpan())).ShouldBeTrue($"row {row}");
        }
    }

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
