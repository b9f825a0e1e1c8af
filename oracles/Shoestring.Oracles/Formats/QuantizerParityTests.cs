using Shoestring.LlamaCpp;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Oracles;

/// <summary>Whole quantized models equal those of llama.cpp: every tensor's format and every byte of it.</summary>
public sealed class QuantizerParityTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-parity").FullName;

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public static TheoryData<QuantizationTarget> Targets => [.. QuantizationTargets.All.Where(target => target.UsualFormat().IsOfGgml())];

    [Theory]
    [InlineData(QuantizationTarget.Q8_0, "stories15M-q8_0.gguf")]
    [InlineData(QuantizationTarget.Q4_0, "stories15M-q4_0.gguf")]
    public void Stories15M_gives_the_recorded_files(QuantizationTarget target, string expected) =>
        Compare(Ours(TestData.Model("stories15M-f16.gguf"), target), TestData.Model(expected));

    [Theory]
    [MemberData(nameof(Targets))]
    public void Stories15M_gives_what_llama_cpp_writes(QuantizationTarget target) =>
        CompareWithLlamaCpp(TestData.Model("stories15M-f16.gguf"), target);

    // All its widths are multiples of 256, its embedding is tied and its queries are grouped.
    [Theory]
    [MemberData(nameof(Targets))]
    public void The_default_model_gives_what_llama_cpp_writes(QuantizationTarget target) =>
        CompareWithLlamaCpp(TestData.Find("default/shoestring-interim-f16.gguf"), target);

    // Its feed-forward width fits no block at all.
    [Theory]
    [InlineData(QuantizationTarget.Q4_K_M)]
    [InlineData(QuantizationTarget.Q8_0)]
    public void Stories260K_gives_what_llama_cpp_writes(QuantizationTarget target) =>
        CompareWithLlamaCpp(TestData.Model("stories260K.gguf"), target);

    void CompareWithLlamaCpp(string model, QuantizationTarget target)
    {
        var theirs = Path.Combine(folder, "theirs.gguf");
        LlamaQuantizer.Quantize(model, theirs, (LlamaFileType)target);
        Compare(Ours(model, target), theirs);
    }

    string Ours(string model, QuantizationTarget target)
    {
        var path = Path.Combine(folder, "ours.gguf");
        using var file = GgufFile.Open(model);
        Quantizer.Write(file, target, path, pool, cancellation: TestContext.Current.CancellationToken);
        return path;
    }

    static void Compare(string ours, string theirs)
    {
        using var our = GgufFile.Open(ours);
        using var their = GgufFile.Open(theirs);
        our.Tensors.Select(tensor => tensor.Name).ShouldBe(their.Tensors.Select(tensor => tensor.Name), ignoreOrder: true);
        foreach (var key in new[] { "general.file_type", "general.quantization_version" })
        {
            our.Metadata[key].ShouldBe(their.Metadata[key], key);
        }

        foreach (var tensor in their.Tensors)
        {
            var mine = our.Find(tensor.Name)!;
            (mine.Format, mine.Shape).ShouldBe((tensor.Format, tensor.Shape), tensor.Name);
            var differing = our.Map(mine).CommonPrefixLength(their.Map(tensor));
            differing.ShouldBe((int)tensor.Bytes, $"{tensor.Name} in {tensor.Format.Name()}: first differing byte");
        }
    }
}
