using System.Security.Cryptography;
using Shoestring.Techniques;

namespace Shoestring.Oracles;

/// <summary>Real model files open, and what is written from them is what was read.</summary>
public class RealModelFilesTests
{
    static string Data => TestData.Folder;

    public static TheoryData<string> Ggufs() =>
        [.. new[] { "models", "tokenizers", "default" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Data, folder), "*.gguf"))];

    [Theory]
    [MemberData(nameof(Ggufs))]
    public void Every_gguf_reads_to_its_last_byte(string path)
    {
        using var file = GgufFile.Open(path);

        file.Metadata["tokenizer.ggml.tokens"].AsStrings().Count.ShouldBeGreaterThan(250);
        foreach (var tensor in file.Tensors)
        {
            var read = new byte[tensor.Bytes];
            file.Read(tensor, 0, read);
            file.Map(tensor).SequenceEqual(read).ShouldBeTrue();
        }

        if (file.Tensors.Count > 0)
        {
            file.Tensors.Max(tensor => tensor.Offset + tensor.Bytes).ShouldBeInRange(file.FileBytes - 31, file.FileBytes);
        }
    }

    // The bounds are a little above what these weights' entropy leaves.
    [Theory]
    [InlineData("stories15M-f16.gguf", 0.85)]
    [InlineData("stories15M-q8_0.gguf", 0.91)]
    [InlineData("stories15M-q4_0.gguf", 0.88)]
    public void Entropy_coded_weights_come_out_as_they_went_in(string model, double bound)
    {
        var folder = Directory.CreateTempSubdirectory("shoestring-");
        using var file = GgufFile.Open(Path.Combine(Data, "models", model));
        using var pool = new WorkerPool(2);
        var calls = new[] { TechniqueCall.Parse("entropy-code") };
        var path = Path.Combine(folder.FullName, "coded.gguf");
        GgufRewrite.Plan(file, calls).Write(path, pool, cancellation: TestContext.Current.CancellationToken);
        using (var coded = GgufFile.Open(path))
        {
            coded.Tensors.Select(tensor => (tensor.Name, Hash(coded, tensor))).ShouldBe(file.Tensors.Select(tensor => (tensor.Name, Hash(file, tensor))));
            coded.FileBytes.ShouldBeLessThan((long)(bound * file.FileBytes));
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public void Writing_again_what_was_read_gives_the_same_metadata_and_tensors()
    {
        var copyPath = Path.Combine(Directory.CreateTempSubdirectory("shoestring-").FullName, "copy.gguf");
        using var file = GgufFile.Open(Path.Combine(Data, "models", "stories15M-q8_0.gguf"));
        TensorDeclaration[] tensors = [.. file.Tensors.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Shape, tensor.Format))];

        GgufWriter.Write(copyPath, file.Metadata, tensors, (tensor, stream) => stream.Write(file.Map(file.Find(tensor.Name)!)));

        using var copy = GgufFile.Open(copyPath);
        copy.Metadata.ToArray().ShouldBe(file.Metadata.ToArray());
        copy.Tensors.Select(tensor => tensor with { Offset = 0 }).ShouldBe(file.Tensors.Select(tensor => tensor with { Offset = 0 }));
        copy.Tensors.ShouldAllBe(tensor => Hash(copy, tensor) == Hash(file, file.Find(tensor.Name)!));
        Directory.Delete(Path.GetDirectoryName(copyPath)!, true);
    }

    [Fact]
    public void A_hugging_face_folder_opens()
    {
        using var file = ModelFiles.Open(Path.Combine(Data, "models", "minimind2-small")).ShouldBeOfType<SafetensorsFile>();

        file.Find("model.embed_tokens.weight")!.Shape.ShouldBe(new TensorShape(512, 6400));
        file.Find("model.layers.7.mlp.down_proj.weight")!.Shape.ShouldBe(new TensorShape(1408, 512));
        file.Tensors.Count.ShouldBe(3 + (8 * 9));
        file.Unread.ShouldBeEmpty();
        file.Tensors.Max(tensor => tensor.Offset + tensor.Bytes).ShouldBe(file.FileBytes);
    }

    static string Hash(MappedModelFile file, TensorEntry tensor) => Convert.ToHexString(SHA256.HashData(file.Map(tensor)));
}
