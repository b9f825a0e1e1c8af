using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class StructuredPruningTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    [Fact]
    public void The_block_that_changes_nothing_is_the_one_left_out()
    {
        // A block whose outputs are nearly zero changes the stream least.
        using var model = new TinyModel(quiet: 1);
        GgufRewrite written = model.Plan("shortgpt").Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        written.Notes.ShouldContain(note => note.StartsWith("block 1 is left out", StringComparison.Ordinal));
        using GgufFile file = GgufFile.Open(model.Output);
        file.Metadata.GetInt("llama.block_count").ShouldBe(TinyModel.Layers - 1);
        TinyModel.Read(file, "blk.1.ffn_up.weight").ShouldBe(TinyModel.Read(model.File, "blk.2.ffn_up.weight"));
        file.Find("blk.2.ffn_up.weight").ShouldBeNull();
        double distance = Distance(model.Logits(model.Output, pool), model.Logits(model.Path, pool));
        distance.ShouldBeLessThan(0.01);
    }

    [Fact]
    public void Leaving_out_and_quantizing_are_planned_to_the_byte()
    {
        using var model = new TinyModel();
        GgufRewrite plan = model.Plan("shortgpt:layers=2", "gptq:format=Q4_0");
        plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        new FileInfo(model.Output).Length.ShouldBe(plan.FileBytes);
        Should.Throw<InputException>(() => model.Plan("shortgpt:layers=3")).Cure.ShouldContain("1 to 2");
        Should.Throw<InputException>(() => model.Plan("wanda", "shortgpt")).Cure.ShouldContain("before");
    }

    [Theory]
    [InlineData("llama", "llm-pruner:ffn-ratio=0.4,head-ratio=0.5", 64, 2, 1)]
    [InlineData("llama", "llm-pruner:ffn-ratio=0.4", 64, 4, 2)]
    [InlineData("gpt2", "llm-pruner:ffn-ratio=0,head-ratio=0.5", 96, 2, 2)]
    public void Tensors_are_really_smaller_and_the_model_runs(string architecture, string call, int inner, int heads, int kvHeads)
    {
        using var model = new TinyModel(architecture);
        GgufRewrite plan = model.Plan(call, "quantize:format=Q8_0");
        plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        new FileInfo(model.Output).Length.ShouldBe(plan.FileBytes);
        using GgufFile file = GgufFile.Open(model.Output);
        Models.BlockShape shape = Models.GgufConfiguration.Read(file).Blocks[1];
        shape.ShouldBe(new Models.BlockShape(heads, kvHeads, TinyModel.Width / 4, inner));
        file.Find("blk.0.ffn_down.weight")!.Shape.ShouldBe(new TensorShape(inner, TinyModel.Width));
        model.Logits(model.Output, pool).ShouldAllBe(row => row.All(float.IsFinite));
    }

    [Fact]
    public void Channels_that_add_nothing_go_first_and_no_answer_changes()
    {
        // A third of the feed-forward channels, whose columns of down are zero: removing just those changes nothing.
        using var model = new TinyModel(idle: 32);
        model.Apply(pool, "llm-pruner:ffn-ratio=0.3333");
        using GgufFile file = GgufFile.Open(model.Output);
        file.Find("blk.0.ffn_up.weight")!.Shape.Rows.ShouldBe(64);
        Distance(model.Logits(model.Output, pool), model.Logits(model.Path, pool)).ShouldBeLessThan(1e-6);
    }

    [Theory]
    [InlineData(0.004)]
    [InlineData(0.02)]
    [InlineData(0.17)]
    public void Whatever_the_ratio_the_file_says_what_it_holds(double ratio)
    {
        using var model = new TinyModel();
        GgufRewrite plan = model.Plan(FormattableString.Invariant($"llm-pruner:ffn-ratio={ratio}"));
        plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        using GgufFile file = GgufFile.Open(model.Output);
        Models.GgufConfiguration.Read(file).Blocks.ShouldAllBe(block => block.FeedForwardWidth == file.Find("blk.0.ffn_up.weight")!.Shape.Rows);
        plan.ResultConfiguration.Blocks.ShouldBe(Models.GgufConfiguration.Read(file).Blocks);
    }

    [Fact]
    public void What_was_pruned_before_stays_zero_through_quantization()
    {
        using var model = new TinyModel();
        model.Apply(pool, "wanda:sparsity=0.5", "llm-pruner:ffn-ratio=0.3333", "gptq:format=Q4_0");
        using GgufFile file = GgufFile.Open(model.Output);
        float[] up = TinyModel.Read(file, "blk.1.ffn_up.weight");
        up.Length.ShouldBe(64 * TinyModel.Width);
        up.Chunk(TinyModel.Width).ShouldAllBe(row => row.Count(value => value == 0) >= TinyModel.Width / 2);
    }

    [Fact]
    public void A_ratio_of_nothing_leaves_every_byte()
    {
        using var model = new TinyModel();
        model.Apply(pool, "llm-pruner:ffn-ratio=0");
        using GgufFile file = GgufFile.Open(model.Output);
        foreach (TensorEntry tensor in model.File.Tensors)
        {
            TinyModel.Read(file, tensor.Name).ShouldBe(TinyModel.Read(model.File, tensor.Name));
        }
    }

    static double Distance(float[][] one, float[][] other) => Math.Sqrt(
        one.Zip(other).Sum(rows => rows.First.Zip(rows.Second).Sum(pair => Math.Pow(pair.First - pair.Second, 2))) / other.Sum(row => row.Sum(value => (double)value * value)));
}
