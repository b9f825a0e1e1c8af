using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Adapters other than LoRA: exact where they begin, with the gradients of central differences, and merged to what they did.</summary>
public sealed class AdapterTrainingTests(ITestOutputHelper output) : IDisposable
{
    const double Tolerance = 1e-4;
    static readonly LowRankOptions Decomposed = new() { Rank = 3, Alpha = 6, Layers = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"], Seed = 5, Magnitude = MagnitudeKind.Detached };
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-adapters-").FullName;
    readonly WorkerPool pool = new(2);

    static TrainableOptions Options(string kind) => kind switch
    {
        "dora" => new() { LowRank = Decomposed },
        "dora-full" => new() { LowRank = Decomposed with { Magnitude = MagnitudeKind.Full } },
        "ia3" => new() { Channels = new ChannelOptions() },
        "ia3-everywhere" => new() { Channels = new ChannelOptions { Layers = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down"] } },
        "serial" => new() { Serial = new SerialOptions { Inner = 5, Seed = 2 } },
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such adapter"),
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string name in (string[])["llama", "qwen2", "gpt2"])
            {
                foreach (string kind in (string[])["dora", "dora-full", "ia3", "ia3-everywhere", "serial"])
                {
                    cases.Add(name, kind);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_are_central_differences(string name, string kind)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel model = TrainableModel.Load(file.Path, pool, Options(kind));
        Draw(model);
        TrainingBatch batch = TinyTraining.Batch();
        double loss = model.Step(batch, new StepOptions());
        MergedReference reference = new(file, model, batch, scale: 2, isDetached: kind == "dora");
        loss.ShouldBe(reference.Loss(), 1e-5 * loss);
        Dictionary<string, float[]> gradients = model.Parameters.ToDictionary(p => p.Name, TinyTraining.Unpacked);
        foreach ((string parameter, float[] gradient) in gradients)
        {
            Check(reference, parameter, gradient, TinyTraining.Norm(gradient, gradients.Values));
        }
    }

    void Check(MergedReference reference, string parameter, float[] gradient, double norm)
    {
        double[] along = [.. gradient.Select(g => g / norm)];
        double[] signs = [.. SmallNumbers.Normal(parameter, gradient.Length).Select(v => (double)Math.Sign(v))];
        foreach (double[] direction in new[] { along, signs })
        {
            double expected = Along(reference, reference.Parameters[parameter], direction), actual = gradient.Zip(direction, (g, d) => g * d).Sum();
            output.WriteLine($"{parameter}: {actual:E6}, by differences {expected:E6}, off by {Math.Abs(actual - expected) / norm:E1} of the gradient");
            Math.Abs(actual - expected).ShouldBeLessThan(Tolerance * norm, parameter);
        }
    }

    static double Along(MergedReference reference, double[] values, double[] direction)
    {
        double step = 1e-5 / Math.Sqrt(direction.Average(d => d * d) * Math.Min(direction.Length, 100));
        double[] before = [.. values];
        double difference = (Moved(step) - Moved(-step)) / (2 * step);
        before.CopyTo(values, 0);
        return difference;

        double Moved(double by)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = before[i] + (by * direction[i]);
            }
            return reference.Loss();
        }
    }

    [Theory]
    [InlineData("llama", "dora", TensorFormat.F32)]
    [InlineData("qwen2", "dora", TensorFormat.Q4_K)]
    [InlineData("gpt2", "dora-full", TensorFormat.Q8_0)]
    [InlineData("llama", "ia3", TensorFormat.Q4_0)]
    [InlineData("gpt2", "ia3", TensorFormat.F32)]
    [InlineData("qwen2", "serial", TensorFormat.Q8_0)]
    [InlineData("gpt2", "serial", TensorFormat.F32)]
    public void The_first_forward_pass_is_the_bases(string name, string kind, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(name), format);
        using TrainableModel plain = TrainableModel.Load(file.Path, pool, new TrainableOptions { Learns = weight => weight == "output_norm.weight" });
        using TrainableModel adapted = TrainableModel.Load(file.Path, pool, Options(kind));
        adapted.Evaluate(TinyTraining.Batch()).ShouldBe(plain.Evaluate(TinyTraining.Batch()));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Merged_is_unmerged_and_so_is_attached(string name, string kind)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel adapted = TrainableModel.Load(file.Path, pool, Options(kind));
        TrainingBatch batch = TinyTraining.Batch();
        double before = adapted.Evaluate(batch);
        Draw(adapted);
        double unmerged = adapted.Evaluate(batch);
        Math.Abs(unmerged - before).ShouldBeGreaterThan(1e-3 * before);
        if (kind == "serial")
        {
            Should.Throw<InputException>(() => adapted.Save(Saved)).Message.ShouldContain("--adapter");
        }
        else
        {
            adapted.Save(Saved);
            using TrainableModel merged = TrainableModel.Load(Saved, pool);
            merged.Evaluate(batch).ShouldBe(unmerged, 1e-5 * unmerged);
        }
        using LanguageModel attached = LanguageModel.Load(file.Path, pool);
        attached.Adapters.Attach(adapted.Adapter!);
        Loss(attached, batch).ShouldBe(unmerged, 1e-5 * unmerged);
    }

    double Loss(LanguageModel model, TrainingBatch batch)
    {
        using Operations operations = new(pool, model.Memory);
        using TrainingMemory memory = new(model.Configuration, batch.Rows, new TrainingPlan { Backward = false }, model.Memory);
        Batch rows = new();
        foreach (RowRange document in batch.Documents)
        {
            rows.AddDocument(batch.Tokens.Slice(document.First, document.Count));
        }
        return model.Transformer.Loss(new Step(operations, rows, memory), new LossRows(batch.Targets, batch.Weights, 1));
    }

    [Theory]
    [InlineData("dora")]
    [InlineData("dora-full")]
    [InlineData("ia3")]
    [InlineData("serial")]
    public void A_quantized_base_learns_through_its_adapter_alone(string kind)
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q4_0);
        using TrainableModel model = TrainableModel.Load(file.Path, pool, Options(kind));
        TrainingBatch batch = TinyTraining.Batch();
        double first = model.Evaluate(batch);
        for (int step = 0; step < 20; step++)
        {
            TinyTraining.Learn(model, batch, new StepOptions { Scale = (float)(1 / batch.TotalWeight) });
            foreach (Parameter parameter in model.Parameters)
            {
                for (int i = 0; i < parameter.Values.Length; i++)
                {
                    parameter.Values[i] -= (kind is "ia3" or "serial" ? 0.2f : 0.02f) * parameter.Gradient[i];
                }
            }
        }
        model.Evaluate(batch).ShouldBeLessThan(0.95 * first);
    }

    [Theory]
    [InlineData("dora")]
    [InlineData("dora-full")]
    [InlineData("ia3")]
    [InlineData("serial")]
    public void Neither_threads_nor_checkpointing_change_a_bit(string kind)
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using WorkerPool one = new(1);
        using TrainableModel model = TrainableModel.Load(file.Path, pool, Options(kind)), single = TrainableModel.Load(file.Path, one, Options(kind)), again = TrainableModel.Load(file.Path, pool, Options(kind));
        TrainableModel[] all = [model, single, again];
        Array.ForEach(all, Draw);
        TrainingBatch batch = TinyTraining.Batch();
        (double loss, Dictionary<string, float[]> expected) = TinyTraining.Learn(model, batch);
        foreach ((TrainableModel other, Checkpointing kept) in ((TrainableModel, Checkpointing)[])[(single, Checkpointing.None), (again, Checkpointing.Blocks), (again, Checkpointing.Segments), (again, Checkpointing.Mixers), (again, Checkpointing.FeedForward)])
        {
            (double same, Dictionary<string, float[]> gradients) = TinyTraining.Learn(other, batch, new StepOptions { Checkpointing = kept });
            same.ShouldBe(loss);
            gradients.ShouldBeBitwise(expected);
        }
    }

    [Theory]
    [InlineData("gpt2", false)]
    [InlineData("qwen2", false)]
    [InlineData("llama", true)]
    [InlineData("gpt2", true)]
    public void Biases_alone_learn(string name, bool adds)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel model = TrainableModel.Load(file.Path, pool, new TrainableOptions { Biases = new BiasOptions { AddsMissing = adds } });
        using TrainableModel whole = TrainableModel.Load(file.Path, pool);
        TrainingBatch batch = TinyTraining.Batch();
        model.Evaluate(batch).ShouldBe(whole.Evaluate(batch));
        model.Parameters.ShouldAllBe(parameter => !parameter.IsMatrix && parameter.Name.EndsWith(".bias", StringComparison.Ordinal));
        double loss = TinyTraining.Learn(model, batch).Loss;
        TinyTraining.Learn(whole, batch);
        Dictionary<string, float[]> all = TinyTraining.Gradients(whole);
        foreach (Parameter parameter in model.Parameters.Where(parameter => all.ContainsKey(parameter.Name)))
        {
            parameter.Gradient.ToArray().ShouldBe(all[parameter.Name], parameter.Name);
        }
        foreach (Parameter parameter in model.Parameters)
        {
            for (int i = 0; i < parameter.Values.Length; i++)
            {
                parameter.Values[i] -= 1e-3f * parameter.Gradient[i];
            }
        }
        double after = model.Evaluate(batch);
        after.ShouldBeLessThan(loss);
        model.Save(Saved);
        ShouldDifferInBiasesAlone(file.Path, adds);
        using TrainableModel saved = TrainableModel.Load(Saved, pool);
        saved.Evaluate(batch).ShouldBe(after);
    }

    void ShouldDifferInBiasesAlone(string before, bool adds)
    {
        using GgufFile old = GgufFile.Open(before), now = GgufFile.Open(Saved);
        now.Tensors.Count.ShouldBeGreaterThanOrEqualTo(old.Tensors.Count);
        (now.Tensors.Count > old.Tensors.Count).ShouldBe(adds && !old.Tensors.Any(tensor => tensor.Name == "blk.0.ffn_down.bias"));
        foreach (TensorEntry tensor in old.Tensors)
        {
            bool same = Bytes(old, tensor.Name).AsSpan().SequenceEqual(Bytes(now, tensor.Name));
            same.ShouldBe(!tensor.Name.EndsWith(".bias", StringComparison.Ordinal), tensor.Name);
        }
    }

    static byte[] Bytes(GgufFile file, string name)
    {
        TensorEntry tensor = file.Find(name)!;
        byte[] bytes = new byte[tensor.Bytes];
        file.Read(tensor, 0, bytes);
        return bytes;
    }

    [Fact]
    public void A_model_without_biases_is_refused_unless_they_are_added()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        Should.Throw<InputException>(() => TrainableModel.Load(file.Path, pool, new TrainableOptions { Biases = new BiasOptions() })).Message.ShouldContain("add=true");
    }

    [Fact]
    public void What_contradicts_itself_is_refused()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        Should.Throw<InputException>(() => TrainableModel.Load(file.Path, pool, new TrainableOptions { Channels = new ChannelOptions { Layers = ["attn_x"] } })).Message.ShouldContain("attn_x");
        Should.Throw<InputException>(() => TrainableModel.Load(file.Path, pool, new TrainableOptions { Channels = new ChannelOptions(), LowRank = new LowRankOptions() })).Message.ShouldContain("one adapter");
        Should.Throw<InputException>(() => TrainableModel.Load(file.Path, pool, new TrainableOptions { Channels = new ChannelOptions(), Learns = _ => true })).Message.ShouldContain("own weights");
    }

    /// <summary>Moves an adapter away from where it begins; rows, so that padding stays zero.</summary>
    static void Draw(TrainableModel model)
    {
        foreach (Parameter parameter in model.Parameters)
        {
            float[] drawn = SmallNumbers.Normal(parameter.Name, (int)parameter.Elements);
            for (int row = 0; row < parameter.Rows && parameter.IsMatrix; row++)
            {
                parameter.Matrix!.SetRow(row, [.. drawn.AsSpan(row * parameter.Columns, parameter.Columns).ToArray().Select(v => 0.1f * v)]);
            }
            for (int i = 0; i < parameter.Values.Length && !parameter.IsMatrix; i++)
            {
                parameter.Values[i] *= 1 + (0.2f * drawn[i]);
            }
        }
    }

    string Saved => Path.Combine(folder, "saved.gguf");

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
