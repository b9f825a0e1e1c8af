using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class LowRankTechniqueTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    // Ranks of 8 fit into what half of the weights hold: 64 · 64 / (2 · 128) = 16 and fewer for keys.
    [Theory]
    [InlineData("llama", "svd:ratio=0.5")]
    [InlineData("llama", "asvd:ratio=0.5")]
    [InlineData("gpt2", "asvd:ratio=0.5")]
    public void A_model_of_low_rank_answers_as_before(string architecture, string call)
    {
        using var model = new TinyModel(architecture, rank: 8);
        model.Apply(pool, call);
        Distance(model.Logits(model.Output, pool), model.Logits(model.Path, pool)).ShouldBeLessThan(1e-4);
    }

    [Theory]
    [InlineData("svd:ratio=0.5")]
    [InlineData("asvd:ratio=0.5")]
    [InlineData("svd:ratio=0.5", "quantize:format=Q4_0")]
    [InlineData("asvd:ratio=0.9", "quantize:format=Q4_K_M")]
    [InlineData("asvd:ratio=0.5", "gptq:format=Q8_0")]
    [InlineData("asvd:ratio=0.5", "awq:format=Q4_0")]
    [InlineData("svd:ratio=0.5", "imatrix:format=Q4_0", "tie-embeddings")]
    [InlineData("svd:ratio=0.5", "wanda:sparsity=0.3")]
    [InlineData("llm-pruner:ffn-ratio=0.3333,head-ratio=0.5", "asvd:ratio=0.5")]
    [InlineData("shortgpt", "svd:ratio=0.5")]
    public void What_is_written_is_what_was_planned(params string[] calls)
    {
        using var model = new TinyModel();
        GgufRewrite plan = model.Plan(calls);
        plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        new FileInfo(model.Output).Length.ShouldBe(plan.FileBytes);
        using GgufFile file = GgufFile.Open(model.Output);
        file.Metadata.GetString("general.architecture").ShouldBe("shoestring.llama");
        GgufConfiguration.Read(file).Blocks.ShouldBe(plan.ResultConfiguration.Blocks);
        file.Tensors.Sum(tensor => tensor.Shape.Elements).ShouldBe(plan.Tensors.Sum(tensor => tensor.Shape.Elements));
        model.Logits(model.Output, pool).ShouldAllBe(row => row.All(float.IsFinite));
    }

    [Fact]
    public void Inputs_tell_better_than_weights_what_to_keep()
    {
        using var model = new TinyModel();
        float[][] before = model.Logits(model.Path, pool);
        model.Apply(pool, "svd:ratio=0.7");
        double plain = Distance(model.Logits(model.Output, pool), before);
        model.Apply(pool, "asvd:ratio=0.7");
        Distance(model.Logits(model.Output, pool), before).ShouldBeLessThan(plain);
    }

    // Eight bits with a scale for each 8 columns round so little that only a wrong fold between factors could show.
    [Fact]
    public void Scaling_between_factors_changes_no_answer_before_rounding()
    {
        using var model = new TinyModel();
        model.Apply(pool, "svd:ratio=0.5");
        float[][] before = model.Logits(model.Output, pool);
        model.Apply(pool, "svd:ratio=0.5", "quantize:bits=8,group-size=8");
        double rounded = Distance(model.Logits(model.Output, pool), before);
        model.Apply(pool, "svd:ratio=0.5", "awq:bits=8,group-size=8");
        Distance(model.Logits(model.Output, pool), before).ShouldBeLessThan(1.5 * rounded);
    }

    [Fact]
    public void A_file_of_factors_is_quantized_like_any_other()
    {
        using var model = new TinyModel();
        model.Apply(pool, "svd:ratio=0.5", "quantize:format=Q8_0");
        string whole = model.Output + ".whole", between = model.Output + ".factors";
        File.Move(model.Output, whole);
        model.Plan("svd:ratio=0.5").Write(between, pool, cancellation: TestContext.Current.CancellationToken);
        using (GgufFile factors = GgufFile.Open(between))
        {
            GgufRewrite.Plan(factors, [TechniqueCall.Parse("quantize:format=Q8_0")]).Write(model.Output, pool, cancellation: TestContext.Current.CancellationToken);
            foreach (string again in (string[])["svd", "asvd", "llm-pruner"])
            {
                Should.Throw<InputException>(() => GgufRewrite.Plan(factors, [TechniqueCall.Parse(again)])).Where.ShouldBe($"-t {again}");
            }
        }

        // The metadata says the same in another order.
        using GgufFile one = GgufFile.Open(model.Output), other = GgufFile.Open(whole);
        one.FileBytes.ShouldBe(other.FileBytes);
        one.Tensors.Select(tensor => (tensor.Name, tensor.Shape, tensor.Format)).ShouldBe(other.Tensors.Select(tensor => (tensor.Name, tensor.Shape, tensor.Format)));
        foreach (TensorEntry tensor in one.Tensors)
        {
            TinyModel.Read(one, tensor.Name).ShouldBe(TinyModel.Read(other, tensor.Name), tensor.Name);
        }
    }

    [Fact]
    public void A_share_of_one_leaves_every_matrix()
    {
        using var model = new TinyModel();
        model.Apply(pool, "svd:ratio=1");
        using GgufFile file = GgufFile.Open(model.Output);
        foreach (TensorEntry tensor in model.File.Tensors)
        {
            TinyModel.Read(file, tensor.Name).ShouldBe(TinyModel.Read(model.File, tensor.Name));
        }
    }

    // 2048 · 5632 / 7680 = 1501.9 is where factors hold as much as the matrix.
    [Theory]
    [InlineData(2048, 5632, 0.5, 736)]
    [InlineData(2048, 5632, 0.8, 1216)]
    [InlineData(5632, 2048, 0.99, 1472)]
    [InlineData(2048, 2048, 0.5, 512)]
    [InlineData(2048, 2048, 1, 0)]
    [InlineData(64, 64, 0.99, 31)]
    [InlineData(64, 64, 0.5, 16)]
    [InlineData(1, 64, 0.5, 0)]
    public void Ranks_are_multiples_of_32_that_save_something(int outputs, int inputs, double ratio, int rank) =>
        new FactorizationOptions(ratio, false).Rank(new LayerShape("ffn_up", outputs, inputs, 0)).ShouldBe(rank);

    [Theory]
    [InlineData("quantize:format=Q4_0", "svd")]
    [InlineData("gptq:bits=4", "svd")]
    [InlineData("wanda", "asvd")]
    [InlineData("svd", "asvd")]
    [InlineData("asvd", "llm-pruner")]
    [InlineData("svd", "shortgpt")]
    public void What_would_be_lost_or_cannot_be_done_is_refused(string first, string second)
    {
        using var model = new TinyModel();
        Should.Throw<InputException>(() => model.Plan(first, second)).Where.ShouldBe($"-t {second}");
    }

    static double Distance(float[][] one, float[][] other) => Math.Sqrt(
        one.Zip(other).Sum(rows => rows.First.Zip(rows.Second).Sum(pair => Math.Pow(pair.First - pair.Second, 2))) / other.Sum(row => row.Sum(value => (double)value * value)));
}
