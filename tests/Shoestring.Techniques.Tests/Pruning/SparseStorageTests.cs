using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class SparseStorageTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    [Theory]
    [InlineData("S24_8", "Q8_0")]
    [InlineData("S24_4", "Q4_0")]
    public void A_model_pruned_two_of_four_answers_bitwise_as_in_the_dense_format_and_is_smaller(string sparse, string dense)
    {
        using var model = new TinyModel();
        model.Apply(pool, "sparsegpt:pattern=2:4", $"quantize:format={dense}");
        float[][] expected = model.Logits(model.Output, pool);
        long bytes = new FileInfo(model.Output).Length;
        model.Apply(pool, "sparsegpt:pattern=2:4", $"quantize:format={sparse}");
        model.Logits(model.Output, pool).ShouldBe(expected);
        new FileInfo(model.Output).Length.ShouldBeLessThan(bytes);
    }

    [Theory]
    [InlineData("gptq:format=S24_4")]
    [InlineData("gptq:format=S24_4", "sparsegpt:pattern=2:4")]
    [InlineData("imatrix:format=S24_8")]
    [InlineData("awq:format=S24_4", "wanda:sparsity=0.3")]
    public void Whoever_rounds_the_bytes_hold_what_was_chosen(string rounding, params string[] before)
    {
        using var model = new TinyModel();
        GgufRewrite plan = model.Plan([.. before, rounding]);
        plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        new FileInfo(model.Output).Length.ShouldBe(plan.FileBytes);
        using GgufFile written = GgufFile.Open(model.Output);
        foreach (TensorEntry tensor in written.Tensors.Where(tensor => tensor.Name.StartsWith("blk.", StringComparison.Ordinal) && tensor.Shape.Rank == 2))
        {
            tensor.Format.IsSparse().ShouldBeTrue(tensor.Name);
            TinyModel.Read(written, tensor.Name).Chunk(4).ShouldAllBe(four => four.Count(value => value != 0) <= 2);
        }
    }

    [Fact]
    public void Gptq_takes_the_places_that_were_pruned_in_the_file_it_is_given()
    {
        using var model = new TinyModel();
        model.Apply(pool, "wanda:pattern=2:4");
        string path = model.Output + ".rounded";
        using GgufFile pruned = GgufFile.Open(model.Output);
        GgufRewrite.Plan(pruned, [TechniqueCall.Parse("gptq:format=S24_4")]).Write(path, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        using GgufFile written = GgufFile.Open(path);
        foreach (TensorEntry tensor in written.Tensors.Where(tensor => tensor.Format.IsSparse()))
        {
            float[] before = TinyModel.Read(pruned, tensor.Name);
            TinyModel.Read(written, tensor.Name).Where((value, i) => value != 0 && before[i] == 0).ShouldBeEmpty(tensor.Name);
        }
    }

    [Fact]
    public void Gptq_loses_less_than_rounding_to_nearest()
    {
        using var model = new TinyModel();
        float[][] original = model.Logits(model.Path, pool);
        model.Apply(pool, "sparsegpt:pattern=2:4", "quantize:format=S24_4");
        double nearest = Error(model.Logits(model.Output, pool));
        model.Apply(pool, "sparsegpt:pattern=2:4", "gptq:format=S24_4");
        Error(model.Logits(model.Output, pool)).ShouldBeLessThan(nearest);

        double Error(float[][] logits) => logits.Zip(original, (row, other) => row.Zip(other, (a, b) => Math.Pow(a - b, 2)).Sum()).Sum();
    }

    [Fact]
    public void Such_a_file_says_that_only_this_engine_reads_it_and_who_chose_what_stays()
    {
        using var model = new TinyModel();
        GgufRewrite plan = model.Plan("quantize:format=S24_4");
        plan.Layout.ShouldBe(ModelLayout.Shoestring);
        plan.Metadata.GetString("general.architecture").ShouldBe("shoestring.llama");
        plan.Notes.ShouldContain(note => note.Contains("two largest of every four", StringComparison.Ordinal));
        model.Plan("wanda:pattern=2:4", "quantize:format=S24_4").Notes.ShouldBeEmpty();
        plan.Formats.Formats["token_embd.weight"].ShouldBe(TensorFormat.Q4_0);
        plan.Formats.Formats["output.weight"].ShouldBe(TensorFormat.Q8_0);
        model.Plan("quantize:format=S24_4,pure=true").Formats.Formats["output.weight"].ShouldBe(TensorFormat.Q4_0);
        model.Plan("quantize:format=Q4_0").Layout.ShouldBe(ModelLayout.Gguf);
    }
}
