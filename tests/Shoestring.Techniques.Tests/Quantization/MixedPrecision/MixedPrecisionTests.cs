using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class MixedPrecisionTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    [Fact]
    public void The_format_that_is_there_leaves_every_value()
    {
        using var model = new TinyModel();
        GgufRewrite written = Write(model, "mixed-precision:bits=32,formats=F32");
        using GgufFile file = GgufFile.Open(model.Output);
        foreach (TensorEntry tensor in model.File.Tensors)
        {
            TinyModel.Read(file, tensor.Name).ShouldBe(TinyModel.Read(model.File, tensor.Name), tensor.Name);
        }

        written.Precision!.MeasuredDivergence.ShouldBe(0);
    }

    [Theory]
    [InlineData("mixed-precision:bits=4.7")]
    [InlineData("mixed-precision:bits=6")]
    [InlineData("gptq", "mixed-precision:bits=5")]
    [InlineData("awq", "mixed-precision:bits=5,formats=Q4_0+Q8_0")]
    [InlineData("imatrix", "mixed-precision:bits=5")]
    [InlineData("wanda:sparsity=0.5", "mixed-precision:bits=5")]
    [InlineData("shortgpt", "mixed-precision:bits=5")]
    [InlineData("tie-embeddings", "mixed-precision:bits=5")]
    public void Bits_are_within_the_budget_and_the_file_as_long_as_it_says(params string[] calls)
    {
        using var model = new TinyModel();
        GgufRewrite plan = model.Plan(calls), written = Write(model, calls);
        new FileInfo(model.Output).Length.ShouldBe(written.FileBytes);
        ((double)plan.FileBytes).ShouldBe(written.FileBytes, 0.05 * written.FileBytes);
        using GgufFile file = GgufFile.Open(model.Output);
        TensorEntry[] matrices = [.. file.Tensors.Where(TensorRoles.IsQuantized)];
        double bits = matrices.Sum(tensor => 8.0 * tensor.Bytes) / matrices.Sum(tensor => tensor.Shape.Elements);
        double most = calls.Select(TechniqueCall.Parse).Single(call => call.Technique.Id == "mixed-precision").Number("bits", 1, 32);
        bits.ShouldBeInRange(most - 0.3, most);
        file.Tensors.ShouldAllBe(tensor => tensor.Format == written.Formats.Formats[tensor.Name]);
        model.Logits(model.Output, pool).ShouldAllBe(row => row.All(float.IsFinite));
    }

    [Theory]
    [InlineData(65_000)]
    [InlineData(70_001)]
    [InlineData(77_777)]
    public void A_file_is_no_longer_than_asked_for(int bytes)
    {
        using var model = new TinyModel();
        Write(model, $"mixed-precision:bytes={bytes}");
        new FileInfo(model.Output).Length.ShouldBeInRange(bytes - 1500, bytes);
        model.Plan($"mixed-precision:bytes={bytes}").FileBytes.ShouldBeInRange(bytes - 4000, bytes);
    }

    [Theory]
    [InlineData(TensorFormat.Q4_0)]
    [InlineData(TensorFormat.Q4_1)]
    [InlineData(TensorFormat.Q5_0)]
    [InlineData(TensorFormat.Q5_1)]
    public void It_diverges_no_more_than_one_format_of_as_many_bytes(TensorFormat uniform)
    {
        using var model = new TinyModel();
        double bits = 8.0 * uniform.BlockBytes() / uniform.BlockElements();
        PrecisionChoice chosen = Write(model, FormattableString.Invariant($"mixed-precision:bits={bits}")).Precision!;
        GgufRewrite plain = model.Plan();
        using var run = new SensitivityRun(plain.Source, plain.SourceConfiguration, plain.Tensors, model.Text, new SensitivityOptions(), pool, TestContext.Current.CancellationToken);
        double alike = run.Together(model.File.Tensors.Where(TensorRoles.IsQuantized).ToDictionary(tensor => tensor.Name, _ => uniform));
        chosen.MeasuredDivergence!.Value.ShouldBeInRange(1e-6, alike);
        (chosen.PredictedDivergence!.Value / chosen.MeasuredDivergence.Value).ShouldBeInRange(0.5, 2);
        chosen.Sensitivity!.Entries.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_run_that_was_stopped_ends_in_the_same_bytes_whatever_the_threads()
    {
        using var model = new TinyModel();
        Write(model, "gptq", "mixed-precision:bits=5");
        byte[] whole = File.ReadAllBytes(model.Output);
        File.Delete(model.Output);
        using var stop = new CancellationTokenSource();
        using var one = new WorkerPool(1);
        Should.Throw<OperationCanceledException>(() => model.Plan("gptq", "mixed-precision:bits=5").Write(model.Output, one, model.Text, new Watch(report =>
        {
            if (report.Done >= 1)
            {
                stop.Cancel();
            }
        }), stop.Token));
        File.Exists(model.Output).ShouldBeFalse();
        Write(model, "gptq", "mixed-precision:bits=5");
        File.ReadAllBytes(model.Output).ShouldBe(whole);
        Directory.Exists(model.Output + ".work").ShouldBeFalse();
    }

    [Theory]
    [InlineData("leave out gptq's format", "gptq:format=Q4_0", "mixed-precision")]
    [InlineData("before mixed-precision", "mixed-precision", "awq")]
    [InlineData("llm-pruner first", "llm-pruner:ffn-ratio=0.4", "mixed-precision")]
    [InlineData("at least 4.500 bits", "mixed-precision:bits=4")]
    [InlineData("at least 0.0", "mixed-precision:bytes=9kB")]
    [InlineData("keep one", "mixed-precision:bytes=9MB,bits=4")]
    [InlineData("a size like", "mixed-precision:bytes=many")]
    [InlineData("leave it out", "mixed-precision:formats=Q8_0+IQ2_XXS")]
    [InlineData("before them", "mixed-precision", "shortgpt")]
    public void What_makes_no_sense_is_refused_with_a_cure(string cure, params string[] calls)
    {
        using var model = new TinyModel();
        Should.Throw<InputException>(() => model.Plan(calls)).Cure.ShouldContain(cure);
    }

    [Fact]
    public void A_missing_calibration_text_is_named()
    {
        using var model = new TinyModel();
        Should.Throw<InputException>(() => model.Plan("mixed-precision").Write(model.Output, pool, cancellation: TestContext.Current.CancellationToken)).Message.ShouldContain("mixed-precision");
    }

    GgufRewrite Write(TinyModel model, params string[] calls) => model.Plan(calls).Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);

    sealed class Watch(Action<RewriteProgress> report) : IProgress<RewriteProgress>
    {
        public void Report(RewriteProgress value) => report(value);
    }
}
