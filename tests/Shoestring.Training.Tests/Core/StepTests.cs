using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>What must not change a step's gradients, and what must change them in a known way.</summary>
public class StepTests
{
    public static TheoryData<string> Names => TinyTraining.Names;

    public static TheoryData<Checkpointing, int> Plans
    {
        get
        {
            TheoryData<Checkpointing, int> plans = [];
            foreach (Checkpointing checkpointing in Enum.GetValues<Checkpointing>())
            {
                plans.Add(checkpointing, 0);
                plans.Add(checkpointing, 2);
            }
            return plans;
        }
    }

    static TrainableModel Load(SmallModel file, WorkerPool pool, TrainableOptions? options = null) => TrainableModel.Load(file.Path, pool, options);

    // Seven blocks in segments of three: 3, 3 and 1; above two frozen ones, 3 and 2.
    [Theory]
    [MemberData(nameof(Plans))]
    public void What_is_computed_again_changes_no_bit(Checkpointing checkpointing, int firstBlock)
    {
        using SmallModel file = new(TinyTraining.Shape("qwen3", layers: 7), TensorFormat.F32);
        using WorkerPool pool = new(2);
        TrainableOptions options = new() { Learns = firstBlock == 0 ? null : name => string.CompareOrdinal(name, "blk.2.") >= 0 && name.StartsWith("blk.", StringComparison.Ordinal) };
        using TrainableModel model = Load(file, pool, options);
        (double loss, Dictionary<string, float[]> plain) = TinyTraining.Learn(model, TinyTraining.Batch());
        (double again, Dictionary<string, float[]> gradients) = TinyTraining.Learn(model, TinyTraining.Batch(), new StepOptions { Checkpointing = checkpointing });
        again.ShouldBe(loss);
        gradients.ShouldBeBitwise(plain);
        gradients.Values.ShouldAllBe(gradient => gradient.Any(g => g != 0));
    }

    // More rows than a feed-forward layer takes at a time, and no multiple of them; biases are sums over rows.
    [Theory]
    [InlineData("llama", Checkpointing.Blocks)]
    [InlineData("gpt2", Checkpointing.Blocks)]
    [InlineData("gpt2", Checkpointing.FeedForward)]
    public void Chunks_of_feed_forward_layers_change_no_bit_and_take_less_memory(string name, Checkpointing checkpointing)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel plain = Load(file, pool), chunked = Load(file, pool), within = Load(file, pool, new TrainableOptions { ReleaseGradients = true });
        TrainingBatch batch = TinyTraining.Batch([.. Enumerable.Range(0, 20).Select(i => $"a document with the number {i}")]);
        new TrainingPlan().FeedForwardRows.ShouldBeInRange(batch.Rows / 2 + 1, batch.Rows - 1);
        (double loss, Dictionary<string, float[]> expected) = TinyTraining.Learn(plain, batch);
        (double again, Dictionary<string, float[]> gradients) = TinyTraining.Learn(chunked, batch, new StepOptions { Checkpointing = checkpointing });
        again.ShouldBe(loss);
        gradients.ShouldBeBitwise(expected);
        Dictionary<string, float[]> handed = [];
        within.Step(batch, new StepOptions { Checkpointing = checkpointing, Finished = parameter => handed.Add(parameter.Name, parameter.Gradient.ToArray()) });
        handed.ShouldBeBitwise(expected);
        chunked.Memory.Peak(MemoryKind.Activations).ShouldBeLessThan(plain.Memory.Peak(MemoryKind.Activations));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Threads_change_no_bit(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool one = new(1), three = new(3);
        using TrainableModel alone = Load(file, one), together = Load(file, three);
        (double loss, Dictionary<string, float[]> gradients) = TinyTraining.Learn(alone, TinyTraining.Batch());
        (double other, Dictionary<string, float[]> others) = TinyTraining.Learn(together, TinyTraining.Batch());
        other.ShouldBe(loss);
        others.ShouldBeBitwise(gradients);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Documents_packed_together_teach_what_they_teach_apart(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel model = Load(file, pool);
        (double loss, Dictionary<string, float[]> packed) = TinyTraining.Learn(model, TinyTraining.Batch("one", "another", "a third"));
        model.ClearGradients();
        double apart = new[] { "one", "another", "a third" }.Sum(document => model.Step(TinyTraining.Batch(document), new StepOptions()));
        apart.ShouldBe(loss, 1e-9 * loss);
        TinyTraining.Gradients(model).ShouldBeNear(packed, 1e-5);
    }

    [Fact]
    public void Two_micro_batches_are_one_batch()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel model = Load(file, pool);
        TrainingBatch whole = TinyTraining.Batch("one", "another"), first = TinyTraining.Batch("one"), second = TinyTraining.Batch("another");
        StepOptions options = new() { Scale = (float)(1 / whole.TotalWeight) };
        (double loss, Dictionary<string, float[]> once) = TinyTraining.Learn(model, whole, options);
        model.ClearGradients();
        (model.Step(first, options) + model.Step(second, options)).ShouldBe(loss, 1e-9 * loss);
        TinyTraining.Gradients(model).ShouldBeNear(once, 1e-5);
        whole.TotalWeight.ShouldBe(first.TotalWeight + second.TotalWeight, 1e-6);
    }

    [Fact]
    public void The_loss_goes_through_the_rows_in_chunks_of_any_size()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel model = Load(file, pool);
        (double loss, Dictionary<string, float[]> whole) = TinyTraining.Learn(model, TinyTraining.Batch());
        (double chunked, Dictionary<string, float[]> gradients) = TinyTraining.Learn(model, TinyTraining.Batch(), new StepOptions { LogitBytes = 1 });
        TinyTraining.Batch().Rows.ShouldBeGreaterThan(TrainingPlan.LeastLogitRows, "or there would be one chunk");
        chunked.ShouldBe(loss, 1e-12 * loss);
        gradients.ShouldBeNear(whole, 1e-5);
    }

    [Theory]
    [InlineData("llama", "output.weight")]
    [InlineData("llama", "output_norm.weight")]
    [InlineData("llama", "blk.1.attn_v.weight")]
    [InlineData("llama", "blk.0.attn_norm.weight")]
    [InlineData("qwen2", "blk.1.attn_k.bias")]
    [InlineData("gpt2", "position_embd.weight")]
    [InlineData("gpt2", "token_embd.weight")]
    public void What_learns_alone_learns_what_it_learns_with_all(string shape, string name)
    {
        using SmallModel file = new(TinyTraining.Shape(shape), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel all = Load(file, pool), one = Load(file, pool, new TrainableOptions { Learns = weight => weight == name });
        (_, Dictionary<string, float[]> expected) = TinyTraining.Learn(all, TinyTraining.Batch());
        (_, Dictionary<string, float[]> actual) = TinyTraining.Learn(one, TinyTraining.Batch());
        actual.Keys.ShouldBe([name]);
        actual[name].ShouldBe(expected[name]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_gradient_is_handed_over_once_and_whole(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel kept = Load(file, pool), released = Load(file, pool, new TrainableOptions { ReleaseGradients = true });
        (_, Dictionary<string, float[]> expected) = TinyTraining.Learn(kept, TinyTraining.Batch());
        foreach (TrainableModel model in new[] { kept, released, released })
        {
            Dictionary<string, float[]> handed = [];
            model.ClearGradients();
            model.Step(TinyTraining.Batch(), new StepOptions { Finished = parameter => handed.Add(parameter.Name, parameter.Gradient.ToArray()) });
            handed.ShouldBeBitwise(expected);
        }
        released.Memory.Peak(MemoryKind.Gradients).ShouldBeLessThan(kept.Memory.Peak(MemoryKind.Gradients));
    }

    // LOMO: a weight may change as soon as it is handed over, since nothing reads it any more.
    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("qwen3")]
    public void Updates_from_within_the_backward_pass_are_those_after_it(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name, layers: 5), TensorFormat.F32);
        using WorkerPool pool = new(2);
        foreach (Checkpointing checkpointing in Enum.GetValues<Checkpointing>())
        {
            using TrainableModel after = Load(file, pool), within = Load(file, pool, new TrainableOptions { ReleaseGradients = true });
            for (int step = 0; step < 2; step++)
            {
                TinyTraining.Learn(after, TinyTraining.Batch());
                foreach (Parameter parameter in after.Parameters)
                {
                    Descend(parameter);
                }
                within.Step(TinyTraining.Batch(), new StepOptions { Checkpointing = checkpointing, Finished = Descend });
            }
            within.Parameters.ToDictionary(p => p.Name, p => p.Values.ToArray()).ShouldBeBitwise(after.Parameters.ToDictionary(p => p.Name, p => p.Values.ToArray()));
        }
    }

    static void Descend(Parameter parameter)
    {
        Span<float> values = parameter.Values, gradient = parameter.Gradient;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] -= 0.01f * gradient[i];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Looking_is_learning_without_gradients(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using WorkerPool pool = new(2);
        using TrainableModel model = Load(file, pool), other = Load(file, pool);
        double looked = other.Evaluate(TinyTraining.Batch()), learned = model.Step(TinyTraining.Batch(), new StepOptions());
        looked.ShouldBe(learned);
        model.Evaluate(TinyTraining.Batch()).ShouldBe(learned);
        other.Memory.Peak(MemoryKind.Activations).ShouldBeLessThan(model.Memory.Peak(MemoryKind.Activations));
    }

    [Fact]
    public void Learning_lowers_the_loss_over_a_frozen_quantized_rest()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q4_0);
        using WorkerPool pool = new(2);
        using TrainableModel model = Load(file, pool, new TrainableOptions { Learns = name => name.Contains("attn_v", StringComparison.Ordinal) });
        TrainingBatch batch = TinyTraining.Batch();
        double first = model.Evaluate(batch);
        for (int step = 0; step < 20; step++)
        {
            TinyTraining.Learn(model, batch, new StepOptions { Scale = (float)(1 / batch.TotalWeight) });
            foreach (Parameter parameter in model.Parameters)
            {
                Descend(parameter);
            }
        }
        model.Evaluate(batch).ShouldBeLessThan(0.9 * first);
    }

    [Fact]
    public void What_cannot_learn_is_refused_in_words()
    {
        using WorkerPool pool = new(1);
        using SmallModel gpt2 = new(TinyTraining.Shape("gpt2"), TensorFormat.F32), factored = new(SmallShape.Find("low-rank"), TensorFormat.F32), sliced = new(SmallShape.Find("shortcuts"), TensorFormat.F32);
        Should.Throw<InputException>(() => Load(gpt2, pool, new TrainableOptions { Learns = _ => false })).Message.ShouldContain("none of the model's weights learns");
        Should.Throw<InputException>(() => Load(factored, pool)).Message.ShouldContain("factors");
        Should.Throw<InputException>(() => Load(sliced, pool)).Message.ShouldContain("shortcuts");
        using TrainableModel model = Load(gpt2, pool);
        TrainingBatch batch = new();
        batch.Add(SmallNumbers.Tokens("long", 66));
        Should.Throw<InputException>(() => model.Step(batch, new StepOptions())).Message.ShouldContain("65 tokens");
    }
}
