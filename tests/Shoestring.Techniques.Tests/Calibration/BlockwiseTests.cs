using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class BlockwiseTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    public static TheoryData<string> Calibrated => ["wanda", "sparsegpt", "gptq:format=Q4_0", "gptq:bits=3", "gptq:format=S24_4", "awq:format=Q4_0", "imatrix:format=Q4_0", "smoothquant", "asvd:ratio=0.7"];

    [Theory]
    [InlineData("magnitude:sparsity=0")]
    [InlineData("wanda:sparsity=0")]
    [InlineData("sparsegpt:sparsity=0")]
    public void A_neutral_setting_leaves_every_byte(string call)
    {
        using var model = new TinyModel();
        model.Apply(pool, call);
        using GgufFile written = GgufFile.Open(model.Output);
        foreach (TensorEntry tensor in model.File.Tensors)
        {
            TinyModel.Read(written, tensor.Name).ShouldBe(TinyModel.Read(model.File, tensor.Name), tensor.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Calibrated))]
    public void The_predicted_bytes_are_written(string call)
    {
        using var model = new TinyModel();
        GgufRewrite plan = model.Plan(call);
        plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        new FileInfo(model.Output).Length.ShouldBe(plan.FileBytes);
    }

    [Theory]
    [MemberData(nameof(Calibrated))]
    public void The_bytes_do_not_depend_on_the_number_of_threads(string call)
    {
        using var one = new WorkerPool(1);
        using var model = new TinyModel();
        model.Apply(one, call);
        byte[] first = File.ReadAllBytes(model.Output);
        model.Apply(pool, call);
        File.ReadAllBytes(model.Output).ShouldBe(first);
    }

    [Theory]
    [InlineData("gptq:format=Q4_0")]
    [InlineData("awq:bits=4", "gptq:bits=3")]
    [InlineData("asvd:ratio=0.7", "gptq:format=Q8_0")]
    public void A_run_that_was_stopped_goes_on_and_ends_in_the_same_bytes(params string[] calls)
    {
        using var model = new TinyModel();
        model.Apply(pool, calls);
        byte[] whole = File.ReadAllBytes(model.Output);
        File.Delete(model.Output);
        for (int blocks = 1; blocks < TinyModel.Layers; blocks++)
        {
            using var stop = new CancellationTokenSource();
            int wanted = blocks;
            var reports = new List<RewriteProgress>();
            Should.Throw<OperationCanceledException>(() => model.Plan(calls).Write(model.Output, pool, model.Text, new Watch(report =>
            {
                reports.Add(report);
                if (report.Done >= wanted)
                {
                    stop.Cancel();
                }
            }), stop.Token));
            File.Exists(model.Output).ShouldBeFalse();
            // The second attempt begins where the first ended.
            reports[0].Done.ShouldBeInRange(blocks - 1, blocks);
        }

        model.Apply(pool, calls);
        File.ReadAllBytes(model.Output).ShouldBe(whole);
        Directory.Exists(model.Output + ".work").ShouldBeFalse();
    }

    [Fact]
    public void What_another_run_left_behind_is_not_gone_on_with()
    {
        using var model = new TinyModel();
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => model.Plan("gptq:bits=3").Write(model.Output, pool, model.Text, new Watch(report =>
        {
            if (report.Done >= 1)
            {
                stop.Cancel();
            }
        }), stop.Token));
        model.Apply(pool, "gptq:bits=4");
        byte[] after = File.ReadAllBytes(model.Output);
        model.Apply(pool, "gptq:bits=4");
        File.ReadAllBytes(model.Output).ShouldBe(after);
    }

    [Fact]
    public void A_missing_calibration_text_is_named()
    {
        using var model = new TinyModel();
        InputException fault = Should.Throw<InputException>(() => model.Plan("wanda").Write(model.Output, pool, cancellation: TestContext.Current.CancellationToken));
        fault.Message.ShouldContain("wanda");
        File.Exists(model.Output).ShouldBeFalse();
        model.Plan("magnitude").Write(model.Output, pool, cancellation: TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Moving_scale_between_layers_changes_no_answer(string architecture)
    {
        using var model = new TinyModel(architecture);
        float[][] before = model.Logits(model.Path, pool);
        model.Apply(pool, "smoothquant:alpha=0.7");
        using (GgufFile written = GgufFile.Open(model.Output))
        {
            TinyModel.Read(written, "blk.0.ffn_norm.weight").ShouldNotBe(TinyModel.Read(model.File, "blk.0.ffn_norm.weight"));
        }

        Distance(model.Logits(model.Output, pool), before).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void Scaling_by_activations_changes_no_answer_before_rounding(string architecture)
    {
        // Eight bits with a scale for each 8 columns round so little that only a wrong fold could show.
        using var model = new TinyModel(architecture);
        float[][] before = model.Logits(model.Path, pool);
        model.Apply(pool, "quantize:bits=8,group-size=8");
        double rounded = Distance(model.Logits(model.Output, pool), before);
        model.Apply(pool, "awq:bits=8,group-size=8");
        Distance(model.Logits(model.Output, pool), before).ShouldBeLessThan(1.5 * rounded);
        using GgufFile written = GgufFile.Open(model.Output);
        TinyModel.Read(written, "blk.1.attn_norm.weight").ShouldNotBe(TinyModel.Read(model.File, "blk.1.attn_norm.weight"));
    }

    [Fact]
    public void Tying_equal_embeddings_changes_no_answer()
    {
        using var model = new TinyModel();
        float[][] before = model.Logits(model.Path, pool);
        model.Apply(pool, "tie-embeddings");
        model.Logits(model.Output, pool).ShouldBe(before);
        (new FileInfo(model.Path).Length - new FileInfo(model.Output).Length).ShouldBeInRange(4L * TinyModel.Width * TinyModel.Vocabulary - 4096, 4L * TinyModel.Width * TinyModel.Vocabulary + 4096);
        using var tied = new TinyModel(tied: true);
        Should.Throw<InputException>(() => tied.Plan("tie-embeddings")).Cure.ShouldContain("nothing to save");
    }

    [Fact]
    public void A_technique_that_is_given_twice_is_refused()
    {
        using var model = new TinyModel();
        Should.Throw<InputException>(() => model.Plan("wanda", "wanda")).Message.ShouldContain("2 times");
    }

    static double Distance(float[][] one, float[][] other) => Math.Sqrt(
        one.Zip(other).Sum(rows => rows.First.Zip(rows.Second).Sum(pair => Math.Pow(pair.First - pair.Second, 2))) / other.Sum(row => row.Sum(value => (double)value * value)));

    sealed class Watch(Action<RewriteProgress> report) : IProgress<RewriteProgress>
    {
        public void Report(RewriteProgress value) => report(value);
    }
}
