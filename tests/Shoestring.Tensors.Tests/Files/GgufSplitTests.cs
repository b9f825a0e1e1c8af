namespace Shoestring.Tensors.Tests;

public sealed class GgufSplitTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    [Fact]
    public void The_first_part_opens_all()
    {
        AddParts(3);

        using var file = GgufFile.Open(Part(0, 3));

        file.Tensors.Select(tensor => (tensor.Name, tensor.Part)).ShouldBe([("t0", 0), ("t1", 1), ("t2", 2)]);
        file.FileBytes.ShouldBe(Directory.GetFiles(folder.Path).Sum(path => new FileInfo(path).Length));
        file.Metadata.Keys.ShouldBe(["general.architecture"]);
        foreach (var tensor in file.Tensors)
        {
            var bytes = new byte[tensor.Bytes];
            file.Read(tensor, 0, bytes);
            bytes.ShouldBe(SampleFiles.Data(Declared(tensor.Part)));
            file.Map(tensor).ToArray().ShouldBe(bytes);
        }
    }

    [Fact]
    public void A_missing_part_is_named()
    {
        AddParts(3);
        File.Delete(Part(1, 3));

        Fault(Part(0, 3)).ShouldContain("m-00002-of-00003.gguf: part 2 of 3 is missing");
    }

    [Fact]
    public void A_later_part_is_refused()
    {
        AddParts(2);

        Fault(Part(1, 2)).ShouldContain("it is part 2 of 2; name the first part");
    }

    [Fact]
    public void A_renamed_first_part_is_refused()
    {
        AddParts(2);
        File.Move(Part(0, 2), folder.At("renamed.gguf"));

        Fault(folder.At("renamed.gguf")).ShouldContain("-00001-of-00002.gguf");
    }

    [Fact]
    public void Parts_of_different_models_are_refused()
    {
        AddParts(3);
        File.Copy(Part(2, 3), Part(1, 3), true);

        Fault(Part(0, 3)).ShouldContain("does not say that it is part 2 of 3");
    }

    [Fact]
    public void The_total_of_tensors_is_checked()
    {
        AddParts(2, total: 5);

        Fault(Part(0, 2)).ShouldContain("hold 2 tensors, not 5");
    }

    [Fact]
    public void A_part_in_memory_is_refused() =>
        Should.Throw<ModelFileException>(() => GgufFile.Open(SampleFiles.Gguf(Metadata(0, 2, 2), []), "memory")).Message.ShouldContain("split");

    public void Dispose() => folder.Dispose();

    string Part(int number, int count) => folder.At($"m-{number + 1:D5}-of-{count:D5}.gguf");

    void AddParts(ushort count, int? total = null)
    {
        for (ushort i = 0; i < count; i++)
        {
            File.WriteAllBytes(Part(i, count), SampleFiles.Gguf(Metadata(i, count, total ?? count), [Declared(i)]));
        }
    }

    static TensorDeclaration Declared(int part) => new($"t{part}", new(10 + part), TensorFormat.F32);

    static GgufMetadata Metadata(ushort number, ushort count, int tensors) => GgufMetadata.Empty
        .With("general.architecture", GgufValue.From("llama"))
        .With("split.no", GgufValue.From(number))
        .With("split.count", GgufValue.From(count))
        .With("split.tensors.count", GgufValue.From(tensors));

    static string Fault(string path) => Should.Throw<ModelFileException>(() => GgufFile.Open(path)).Message;
}
