using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class SliceGptTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Turning_alone_changes_no_answer(bool tied)
    {
        using var model = new TinyModel(tied: tied);
        model.Apply(pool, "slicegpt:sparsity=0");
        using GgufFile file = GgufFile.Open(model.Output);
        TinyModel.Read(file, "blk.1.attn_norm.weight").ShouldAllBe(value => value == 1);
        TinyModel.Read(file, "token_embd.weight").ShouldNotBe(TinyModel.Read(model.File, "token_embd.weight"));
        Distance(model.Logits(model.Output, pool), model.Logits(model.Path, pool)).ShouldBeLessThan(1e-4);
    }

    // What never carries anything is what goes: half of the channels, under an RMS norm over the other half.
    [Fact]
    public void Directions_that_carry_nothing_go_first_and_no_answer_changes()
    {
        using var model = new TinyModel(live: 32);
        model.Apply(pool, "slicegpt:sparsity=0.5");
        using GgufFile file = GgufFile.Open(model.Output);
        GgufConfiguration.Read(file).Width.ShouldBe(32);
        Distance(model.Logits(model.Output, pool), model.Logits(model.Path, pool)).ShouldBeLessThan(1e-4);
    }

    [Theory]
    [InlineData("slicegpt:sparsity=0")]
    [InlineData("slicegpt:sparsity=0.5")]
    [InlineData("slicegpt:sparsity=0.5", "quantize:format=Q8_0")]
    [InlineData("slicegpt:sparsity=0.5", "gptq:format=Q4_0")]
    [InlineData("slicegpt:sparsity=0.5", "awq:bits=4", "wanda:sparsity=0.3")]
    [InlineData("slicegpt:sparsity=0.5", "asvd:ratio=0.9")]
    [InlineData("slicegpt:sparsity=0.5", "llm-pruner:ffn-ratio=0.3333,head-ratio=0.5")]
    public void What_is_written_is_what_was_planned(params string[] calls)
    {
        using var model = new TinyModel(tied: calls.Length == 1);
        GgufRewrite plan = model.Plan(calls);
        plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        new FileInfo(model.Output).Length.ShouldBe(plan.FileBytes);
        using GgufFile file = GgufFile.Open(model.Output);
        file.Metadata.GetString("general.architecture").ShouldBe("shoestring.llama");
        ModelConfiguration written = GgufConfiguration.Read(file), planned = plan.ResultConfiguration;
        written.Blocks.ShouldBe(planned.Blocks);
        (written.Width, written.TiedEmbeddings, written.NormEpsilon).ShouldBe((planned.Width, false, planned.NormEpsilon));
        long vectors = file.Tensors.Where(tensor => tensor.Shape.Rank == 1).Sum(tensor => tensor.Shape.Elements);
        new CostModel(written).Parameters(vectors).ShouldBe(file.Tensors.Sum(tensor => tensor.Shape.Elements));
        model.Logits(model.Output, pool).ShouldAllBe(row => row.All(float.IsFinite));
    }

    [Fact]
    public void Formats_are_those_that_were_asked_for_and_shortcuts_stay_exact()
    {
        using var model = new TinyModel();
        model.Apply(pool, "quantize:format=Q8_0");
        double plain = Distance(model.Logits(model.Output, pool), model.Logits(model.Path, pool));
        model.Apply(pool, "slicegpt:sparsity=0", "quantize:format=Q8_0");
        using GgufFile file = GgufFile.Open(model.Output);
        file.Find("blk.0.attn_q.weight")!.Format.ShouldBe(TensorFormat.Q8_0);
        file.Find("blk.0.attn_shortcut.weight")!.Format.ShouldBe(TensorFormat.F32);
        Distance(model.Logits(model.Output, pool), model.Logits(model.Path, pool)).ShouldBeLessThan(2 * plain);
    }

    [Fact]
    public void The_bytes_do_not_depend_on_the_number_of_threads_and_a_stopped_run_ends_in_them_too()
    {
        using var one = new WorkerPool(1);
        using var model = new TinyModel();
        string[] calls = ["slicegpt:sparsity=0.5", "gptq:format=Q4_0"];
        model.Apply(one, calls);
        byte[] first = File.ReadAllBytes(model.Output);
        File.Delete(model.Output);
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => model.Plan(calls).Write(model.Output, pool, model.Text, new Watch(report =>
        {
            if (report.Done >= 1)
            {
                stop.Cancel();
            }
        }), stop.Token));
        model.Apply(pool, calls);
        File.ReadAllBytes(model.Output).SequenceEqual(first).ShouldBeTrue();
    }

    [Fact]
    public void What_it_cannot_slice_is_refused()
    {
        using (var gpt2 = new TinyModel("gpt2"))
        {
            Should.Throw<InputException>(() => gpt2.Plan("slicegpt")).Cure.ShouldContain("RMSNorm");
        }

        using var model = new TinyModel();
        foreach (string[] calls in (string[][])[["wanda", "slicegpt"], ["shortgpt", "slicegpt"], ["slicegpt", "shortgpt"], ["tie-embeddings", "slicegpt"], ["slicegpt", "tie-embeddings"], ["svd", "slicegpt"]])
        {
            Should.Throw<InputException>(() => model.Plan(calls)).Where.ShouldBe($"-t {calls[1]}");
        }

        model.Apply(pool, "slicegpt:sparsity=0.5");
        using GgufFile sliced = GgufFile.Open(model.Output);
        Should.Throw<InputException>(() => GgufRewrite.Plan(sliced, [TechniqueCall.Parse("slicegpt")])).Cure.ShouldContain("as it was before");
        GgufRewrite.Plan(sliced, [TechniqueCall.Parse("quantize:format=Q8_0")]).Write(model.Output + ".again", pool, cancellation: TestContext.Current.CancellationToken);
        using GgufFile again = GgufFile.Open(model.Output + ".again");
        GgufConfiguration.Read(again).Blocks.ShouldAllBe(block => block.HasShortcuts);
    }

    sealed class Watch(Action<RewriteProgress> look) : IProgress<RewriteProgress>
    {
        public void Report(RewriteProgress value) => look(value);
    }

    static double Distance(float[][] one, float[][] other) => Math.Sqrt(
        one.Zip(other).Sum(rows => rows.First.Zip(rows.Second).Sum(pair => Math.Pow(pair.First - pair.Second, 2))) / other.Sum(row => row.Sum(value => (double)value * value)));
}
