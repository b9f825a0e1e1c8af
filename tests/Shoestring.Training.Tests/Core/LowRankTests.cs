using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Low-rank deltas: they begin as nothing, learn what the merged matrix would teach them, and can be merged.</summary>
public sealed class LowRankTests : IDisposable
{
    static readonly LowRankOptions Options = new() { Rank = 3, Alpha = 6, Layers = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"], Seed = 5 };
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-lora-").FullName;
    readonly WorkerPool pool = new(2);

    [Theory]
    [InlineData("llama", TensorFormat.F32)]
    [InlineData("qwen2", TensorFormat.Q4_K)]
    [InlineData("gpt2", TensorFormat.Q8_0)]
    public void The_first_forward_pass_is_the_bases(string name, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(name), format);
        using TrainableModel plain = TrainableModel.Load(file.Path, pool, new TrainableOptions { Learns = weight => weight == "output_norm.weight" });
        using TrainableModel adapted = TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = Options });
        adapted.Evaluate(TinyTraining.Batch()).ShouldBe(plain.Evaluate(TinyTraining.Batch()));
        adapted.Parameters.ShouldAllBe(parameter => parameter.Name.EndsWith(".lora_a", StringComparison.Ordinal) || parameter.Name.EndsWith(".lora_b", StringComparison.Ordinal));
        adapted.Parameters.Where(parameter => parameter.Values.IndexOfAnyExcept(0f) < 0).ShouldBe(adapted.Parameters.Where(parameter => parameter.Name.EndsWith(".lora_b", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Merged_is_unmerged_to_rounding(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel adapted = TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = Options });
        double before = adapted.Evaluate(TinyTraining.Batch());
        Draw(adapted);
        double unmerged = adapted.Evaluate(TinyTraining.Batch());
        Math.Abs(unmerged - before).ShouldBeGreaterThan(1e-3 * before);
        adapted.Save(Saved);
        using TrainableModel merged = TrainableModel.Load(Saved, pool);
        merged.Evaluate(TinyTraining.Batch()).ShouldBe(unmerged, 1e-5 * unmerged);
    }

    // W = W₀ + s·B·A, so dA = s·Bᵀ·dW and dB = s·dW·Aᵀ.
    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Gradients_follow_from_those_of_the_merged_matrix(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F32);
        using TrainableModel adapted = TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = Options });
        Draw(adapted);
        adapted.Step(TinyTraining.Batch(), new StepOptions());
        adapted.Save(Saved);
        using TrainableModel merged = TrainableModel.Load(Saved, pool);
        merged.Step(TinyTraining.Batch(), new StepOptions());
        foreach (Parameter whole in merged.Parameters.Where(p => adapted.Parameters.Any(other => other.Name == p.Name + ".lora_a")))
        {
            Parameter a = adapted.Parameters.Single(p => p.Name == whole.Name + ".lora_a"), b = adapted.Parameters.Single(p => p.Name == whole.Name + ".lora_b");
            (float[] expectedA, float[] expectedB) = Expected(TinyTraining.Unpacked(whole), a, b);
            new Dictionary<string, float[]> { ["a"] = TinyTraining.Unpacked(a), ["b"] = TinyTraining.Unpacked(b) }
                .ShouldBeNear(new Dictionary<string, float[]> { ["a"] = expectedA, ["b"] = expectedB }, 1e-4);
        }
    }

    static (float[] A, float[] B) Expected(float[] whole, Parameter a, Parameter b)
    {
        int inputs = a.Columns, outputs = b.Columns, rank = a.Rows;
        float[] da = new float[rank * inputs], db = new float[rank * outputs], row = new float[inputs], left = new float[outputs];
        const float scale = 2;
        for (int r = 0; r < rank; r++)
        {
            a.Matrix!.GetRow(r, row);
            b.Matrix!.GetRow(r, left);
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    da[(r * inputs) + i] += scale * left[o] * whole[(o * inputs) + i];
                    db[(r * outputs) + o] += scale * row[i] * whole[(o * inputs) + i];
                }
            }
        }
        return (da, db);
    }

    [Fact]
    public void A_quantized_base_learns_through_its_deltas_alone()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q4_0);
        using TrainableModel model = TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = Options });
        TrainingBatch batch = TinyTraining.Batch();
        double first = model.Evaluate(batch);
        for (int step = 0; step < 20; step++)
        {
            TinyTraining.Learn(model, batch, new StepOptions { Scale = (float)(1 / batch.TotalWeight) });
            foreach (Parameter parameter in model.Parameters)
            {
                for (int i = 0; i < parameter.Values.Length; i++)
                {
                    parameter.Values[i] -= 0.02f * parameter.Gradient[i];
                }
            }
        }
        model.Evaluate(batch).ShouldBeLessThan(0.9 * first);
        model.Memory.Current(MemoryKind.Gradients).ShouldBe(model.Cost.DeltaBytes(_ => 3));
    }

    // The seam is the layers': an engine that runs them sees the delta too.
    [Fact]
    public void Inference_runs_through_the_same_seam()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using TrainableModel adapted = TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = Options });
        Draw(adapted);
        adapted.Save(Saved);
        using LanguageModel merged = LanguageModel.Load(Saved, pool);
        int[] tokens = SmallNumbers.Tokens("seam", 9);
        float[][] expected = Logits(merged.Transformer, tokens), actual = Logits(adapted.Transformer, tokens);
        expected.Zip(actual, (e, a) => e.Zip(a, (x, y) => Math.Abs(x - y)).Max()).Max().ShouldBeLessThan(1e-4f);
    }

    float[][] Logits(TransformerModel model, int[] tokens)
    {
        MemoryAccount account = new();
        using Operations operations = new(pool, account);
        using StepMemory memory = new(model.Configuration, tokens.Length, tokens.Length, account);
        using SequenceState state = model.CreateState(tokens.Length, KvFormat.F32, account);
        Step step = new(operations, new Batch(), memory);
        step.Batch.Add(state, tokens, tokens.Length);
        Tensor logits = model.Forward(step);
        return [.. Enumerable.Range(0, tokens.Length).Select(row => logits.Row(row).ToArray())];
    }

    [Fact]
    public void The_rank_stabilized_scale_falls_with_the_root_of_the_rank()
    {
        new LowRankOptions { Rank = 16, Alpha = 8 }.Scale.ShouldBe(0.5f);
        new LowRankOptions { Rank = 16, Alpha = 8, IsRankStabilized = true }.Scale.ShouldBe(2);
    }

    [Fact]
    public void Deltas_on_nothing_are_refused()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        Should.Throw<InputException>(() => TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = new() { Layers = ["attn_x"] } })).Message.ShouldContain("attn_x");
        Should.Throw<InputException>(() => TrainableModel.Load(file.Path, pool, new TrainableOptions { LowRank = new() { Rank = 0 } })).Message.ShouldContain("rank");
    }

    // Rows, so that the padding stays zero.
    static void Draw(TrainableModel model)
    {
        foreach (Parameter parameter in model.Parameters)
        {
            for (int row = 0; row < parameter.Rows; row++)
            {
                parameter.Matrix!.SetRow(row, [.. SmallNumbers.Normal($"{parameter.Name} {row}", parameter.Columns).Select(v => 0.1f * v)]);
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
