using System.Runtime.InteropServices;
using Shoestring.LlamaCpp;

namespace Shoestring.Oracles;

/// <summary>
/// Every architecture variant gives llama.cpp's logits. With float weights only the order of summation differs. With block
/// formats both quantize activations to 8 bits, but not alike: the distance is bounded by the errors of both roundings, each
/// of which is about the distance between our logits and those of the same decoded weights with exact activations.
/// </summary>
public class VariantLogitsTests(ITestOutputHelper output)
{
    static readonly int[] Tokens = [1, .. Enumerable.Range(0, 47).Select(i => 3 + i * 37 % (Variant.Vocabulary - 3))];

    public static TheoryData<string> Names => [.. Variants.All.Select(variant => variant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void F32_weights_give_llama_cpp_s_logits(string name)
    {
        using var file = new VariantFile(Variants.Find(name));
        var (error, divergence) = Compare(Ours(file.Path), file.Logits(Tokens), $"{name} F32");
        // llama.cpp takes GELU from a table in half precision; ours is computed.
        error.ShouldBeLessThan(name == "gpt2" ? 5e-4 : 1e-5);
        divergence.ShouldBeLessThan(1e-6);
    }

    // llama.cpp rounds activations to half precision before it multiplies with F16 weights; ours stay floats.
    [Theory]
    [MemberData(nameof(Names))]
    public void F16_weights_give_llama_cpp_s_logits(string name)
    {
        using var file = new VariantFile(Variants.Find(name), LlamaFileType.F16);
        var (error, divergence) = Compare(Ours(file.Path), file.Logits(Tokens), $"{name} F16");
        error.ShouldBeLessThan(3e-3);
        divergence.ShouldBeLessThan(1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Block_formats_are_within_the_error_of_activation_quantization(string name)
    {
        foreach (var type in new[] { LlamaFileType.Q8_0, LlamaFileType.Q4_0, LlamaFileType.Q4_K_S })
        {
            using var file = new VariantFile(Variants.Find(name), type);
            using var decoded = new DecodedCopy(file.Path);
            var (ours, theirs, exact) = (Ours(file.Path), file.Logits(Tokens), Ours(decoded.Path));
            var (our, _) = Compare(ours, exact, $"{name} {type}: ours to exact activations");
            var (their, _) = Compare(theirs, exact, $"{name} {type}: llama.cpp to exact activations");
            var (error, divergence) = Compare(ours, theirs, $"{name} {type}: ours to llama.cpp");
            our.ShouldBeInRange(1e-4, 0.05);
            // Two independent errors add up as squares; a factor of 1.5 for what the sum of two random vectors leaves open.
            error.ShouldBeLessThan(1.5 * Math.Sqrt(our * our + their * their));
            // No worse than llama.cpp's own rounding, within what chance gives.
            our.ShouldBeLessThan(1.5 * their);
            divergence.ShouldBeLessThan(0.01);
        }
    }

    float[][] Ours(string path)
    {
        using OurModel model = new(path);
        return model.Logits(Tokens);
    }

    (double Error, double Divergence) Compare(float[][] values, float[][] expected, string what)
    {
        var (error, divergence) = (LogitDistance.Relative(values, expected), LogitDistance.KullbackLeibler(values, expected));
        output.WriteLine($"{what}: distance {error:E2}, mean KL {divergence:E2}");
        return (error, divergence);
    }
}

/// <summary>A model with every tensor decoded to F32: the same weights, multiplied with exact activations.</summary>
sealed class DecodedCopy : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-decoded-").FullName;

    public DecodedCopy(string model)
    {
        Path = System.IO.Path.Combine(folder, "decoded.gguf");
        using var file = GgufFile.Open(model);
        GgufWriter.Write(Path, file.Metadata, [.. file.Tensors.Select(t => new TensorDeclaration(t.Name, t.Shape, TensorFormat.F32))], (declaration, stream) =>
        {
            var entry = file.Find(declaration.Name)!;
            var bytes = new byte[entry.Bytes];
            file.Read(entry, 0, bytes);
            var values = new float[entry.Shape.Elements];
            entry.Format.Decode(bytes, values);
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        });
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
