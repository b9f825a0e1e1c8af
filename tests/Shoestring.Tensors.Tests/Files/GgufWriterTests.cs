namespace Shoestring.Tensors.Tests;

public class GgufWriterTests
{
    [Fact]
    public void What_is_written_is_what_the_layout_says()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("m.gguf");

        GgufWriter.Write(path, SampleFiles.AllTypes(), SampleFiles.Declarations(), (tensor, stream) => stream.Write(SampleFiles.Data(tensor)));

        File.ReadAllBytes(path).ShouldBe(SampleFiles.Gguf());
        folder.Names().ShouldBe(["m.gguf"]);
    }

    [Fact]
    public void Reading_and_writing_again_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        using var file = GgufFile.Open(SampleFiles.Gguf(), "sample");
        TensorDeclaration[] tensors = [.. file.Tensors.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Shape, tensor.Format))];

        GgufWriter.Write(folder.At("m.gguf"), file.Metadata, tensors, (tensor, stream) => stream.Write(file.Map(file.Find(tensor.Name)!)));

        File.ReadAllBytes(folder.At("m.gguf")).ShouldBe(SampleFiles.Gguf());
    }

    [Fact]
    public void Tensors_may_come_in_pieces_and_in_any_order()
    {
        using var folder = new TemporaryFolder();
        var tensors = SampleFiles.Declarations();
        using (var writer = GgufWriter.Create(folder.At("m.gguf"), SampleFiles.AllTypes(), tensors))
        {
            foreach (var tensor in tensors.Reverse())
            {
                writer.Append(tensor.Name, SampleFiles.Data(tensor).AsSpan(0, 7));
            }

            foreach (var tensor in tensors)
            {
                writer.Append(tensor.Name, SampleFiles.Data(tensor).AsSpan(7));
            }

            writer.Commit();
        }

        File.ReadAllBytes(folder.At("m.gguf")).ShouldBe(SampleFiles.Gguf());
    }

    [Fact]
    public void Data_is_aligned_as_the_metadata_says()
    {
        using var folder = new TemporaryFolder();
        var metadata = SampleFiles.AllTypes().With("general.alignment", GgufValue.From(512u));

        GgufWriter.Write(folder.At("m.gguf"), metadata, SampleFiles.Declarations(), (tensor, stream) => stream.Write(SampleFiles.Data(tensor)));

        using var file = GgufFile.Open(folder.At("m.gguf"));
        file.Tensors.ShouldAllBe(tensor => tensor.Offset % 512 == 0);
        file.Map(file.Tensors[3]).ToArray().ShouldBe(SampleFiles.Data(SampleFiles.Declarations()[3]));
    }

    [Fact]
    public void A_failure_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Add("m.gguf", [1, 2, 3]);

        Should.Throw<TimeoutException>(() => GgufWriter.Write(
            path, SampleFiles.AllTypes(), SampleFiles.Declarations(), (tensor, stream) => throw new TimeoutException()));

        folder.Names().ShouldBe(["m.gguf"]);
        File.ReadAllBytes(path).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Incomplete_and_overlong_tensors_are_refused()
    {
        using var folder = new TemporaryFolder();
        using (var writer = GgufWriter.Create(folder.At("m.gguf"), GgufMetadata.Empty, [new("t", new(2), TensorFormat.F32)]))
        {
            writer.Append("t", new byte[5]);
            Should.Throw<InvalidOperationException>(writer.Commit).Message.ShouldContain("5 of its 8 bytes");
            Should.Throw<ArgumentException>(() => writer.Append("t", new byte[4]));
            Should.Throw<ArgumentException>(() => writer.Append("other", new byte[1]));
        }

        folder.Names().ShouldBeEmpty();
    }

    [Fact]
    public void A_disk_too_small_is_found_before_the_work_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();

        var fault = Should.Throw<InputException>(() =>
            GgufWriter.Create(folder.At("m.gguf"), GgufMetadata.Empty, [new("t", new(1L << 50), TensorFormat.F32)]));

        fault.Message.ShouldContain("bytes cannot be written");
        folder.Names().ShouldBeEmpty();
    }

    [Fact]
    public void Places_that_cannot_be_written_are_refused()
    {
        using var folder = new TemporaryFolder();

        Should.Throw<InputException>(() => GgufWriter.Create(folder.At("no/such/m.gguf"), GgufMetadata.Empty, []));
        Should.Throw<InputException>(() => GgufWriter.Create(folder.Path, GgufMetadata.Empty, [])).Message.ShouldContain("folder");
        Should.Throw<InputException>(() => GgufWriter.Create("", GgufMetadata.Empty, []));
    }

    [Fact]
    public void Declarations_that_no_reader_would_take_are_refused()
    {
        using var folder = new TemporaryFolder();
        foreach (var tensors in new TensorDeclaration[][]
        {
            [new("t", new(33), TensorFormat.Q8_0)],
            [new("t", new(0), TensorFormat.F32)],
            [new("", new(1), TensorFormat.F32)],
            [new("t", new(1), TensorFormat.F32), new("t", new(1), TensorFormat.F32)],
        })
        {
            Should.Throw<ArgumentException>(() => GgufWriter.Create(folder.At("m.gguf"), GgufMetadata.Empty, tensors));
        }

        Should.Throw<ArgumentException>(() => GgufValue.From(1.0m));
        folder.Names().ShouldBeEmpty();
    }
}
