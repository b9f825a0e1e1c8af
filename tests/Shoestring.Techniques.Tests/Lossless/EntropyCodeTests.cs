using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class EntropyCodeTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    public void Dispose() => pool.Dispose();

    [Theory]
    [InlineData]
    [InlineData("quantize:format=Q8_0")]
    [InlineData("wanda:sparsity=0.5", "quantize:format=Q8_0")]
    [InlineData("wanda:sparsity=0.8", "gptq:format=S24_8")]
    [InlineData("shortgpt:layers=1", "kv-quantize:type=q8_0")]
    public void A_coded_model_has_fewer_bytes_and_the_very_same_weights_and_answers(params string[] calls)
    {
        using var model = new TinyModel();
        string plain = model.Path;
        if (calls.Length > 0)
        {
            plain = model.Output + ".uncoded";
            model.Plan(calls).Write(plain, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        }

        model.Apply(pool, [.. calls, "entropy-code"]);
        using GgufFile expected = GgufFile.Open(plain), coded = GgufFile.Open(model.Output);
        coded.FileBytes.ShouldBeLessThan(expected.FileBytes);
        coded.Metadata.GetString("general.architecture").ShouldBe("shoestring.llama");
        coded.Tensors.Select(tensor => (tensor.Name, tensor.Shape, tensor.Format)).ShouldBe(expected.Tensors.Select(tensor => (tensor.Name, tensor.Shape, tensor.Format)));
        foreach (TensorEntry tensor in expected.Tensors)
        {
            coded.Map(coded.Find(tensor.Name)!).SequenceEqual(expected.Map(tensor)).ShouldBeTrue(tensor.Name);
        }

        model.Logits(model.Output, pool).ShouldBe(model.Logits(plain, pool));
        Directory.GetFiles(Path.GetDirectoryName(model.Output)!, "*.plain").ShouldBeEmpty();
    }

    [Theory]
    [InlineData]
    [InlineData("quantize:format=Q8_0")]
    [InlineData("magnitude:sparsity=0.5", "quantize:format=Q8_0")]
    public void What_a_plan_expects_is_near_what_comes(params string[] calls)
    {
        using var model = new TinyModel();
        GgufRewrite plan = model.Plan([.. calls, "entropy-code"]);
        plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        double written = new FileInfo(model.Output).Length;
        ((double)plan.FileBytes).ShouldBe(written, 0.05 * written);
    }

    [Fact]
    public void A_coded_model_is_compressed_further_like_any_other()
    {
        using var model = new TinyModel();
        model.Apply(pool, "gptq:format=Q4_0");
        using GgufFile expected = GgufFile.Open(model.Output);
        string path = model.Output + ".coded";
        model.Plan("entropy-code").Write(path, pool, cancellation: TestContext.Current.CancellationToken);
        using GgufFile coded = GgufFile.Open(path);
        string again = path + ".again";
        GgufRewrite.Plan(coded, [TechniqueCall.Parse("gptq:format=Q4_0")]).Write(again, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        using GgufFile written = GgufFile.Open(again);
        foreach (TensorEntry tensor in expected.Tensors)
        {
            written.Map(written.Find(tensor.Name)!).SequenceEqual(expected.Map(tensor)).ShouldBeTrue(tensor.Name);
        }
    }

    [Fact]
    public void It_comes_last()
    {
        using var model = new TinyModel();
        Should.Throw<InputException>(() => model.Plan("entropy-code", "quantize:format=Q8_0")).Cure.ShouldBe("give entropy-code last");
        model.Plan("entropy-code", "kv-quantize:type=q8_0").IsCoded.ShouldBeTrue();
    }
}
