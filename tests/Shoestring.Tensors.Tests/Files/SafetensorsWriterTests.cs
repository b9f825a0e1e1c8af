namespace Shoestring.Tensors.Tests;

public class SafetensorsWriterTests
{
    static readonly SafetensorsDeclaration[] declared = [new("bytes", "U8", 3), new("floats", "F32", 2, 3), new("empty", "F64", 0), new("doubles", "F64", 2), new("halves", "BF16", 4)];

    static byte[] Bytes(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => (byte)((i * 7) + seed))];

    static void Write(string path, Action<SafetensorsWriter>? before = null)
    {
        using SafetensorsWriter writer = SafetensorsWriter.Create(path, new Dictionary<string, string> { ["what"] = "a \"test\"" }, declared);
        before?.Invoke(writer);
        foreach (SafetensorsDeclaration tensor in declared)
        {
            byte[] bytes = Bytes((int)tensor.Bytes, tensor.Name.Length);
            writer.Append(tensor.Name, bytes.AsSpan(0, bytes.Length / 2));
            writer.Append(tensor.Name, bytes.AsSpan(bytes.Length / 2));
        }

        writer.Commit();
    }

    [Fact]
    public void What_was_written_is_read()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "a.safetensors");
        Write(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        file.Metadata["what"].ShouldBe("a \"test\"");
        TensorEntry floats = file.Find("floats")!;
        floats.Shape.ShouldBe(new TensorShape(3, 2));
        byte[] bytes = new byte[24];
        file.Read(floats, 0, bytes);
        bytes.ShouldBe(Bytes(24, 6));
        foreach (SafetensorsDeclaration tensor in declared)
        {
            byte[] raw = new byte[tensor.Bytes];
            file.ReadRaw(tensor.Name, tensor.Type, tensor.Bytes, 0, raw);
            raw.ShouldBe(Bytes((int)tensor.Bytes, tensor.Name.Length));
            file.RawBytes(tensor.Name).ShouldBe(tensor.Bytes);
        }
    }

    [Fact]
    public void Wide_elements_are_aligned()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "a.safetensors");
        Write(path);
        byte[] file = File.ReadAllBytes(path);
        long data = 8 + BitConverter.ToInt64(file, 0);
        (data % 8).ShouldBe(0);
        file.AsSpan((int)data, 16).ToArray().ShouldBe(Bytes(16, "doubles".Length));
    }

    [Theory]
    [InlineData("bytes", "F32", 3)]
    [InlineData("bytes", "U8", 4)]
    [InlineData("nothing", "U8", 3)]
    public void Another_type_length_or_name_is_refused(string name, string type, long bytes)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "a.safetensors");
        Write(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Should.Throw<ModelFileException>(() => file.ReadRaw(name, type, bytes, 0, new byte[1]));
    }

    [Fact]
    public void What_is_not_committed_leaves_what_was_there_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "a.safetensors");
        File.WriteAllText(path, "before");
        Should.Throw<InvalidOperationException>(() => Write(path, _ => throw new InvalidOperationException()));
        using (SafetensorsWriter writer = SafetensorsWriter.Create(path, new Dictionary<string, string>(), declared))
        {
            Should.Throw<InvalidOperationException>(writer.Commit).Message.ShouldContain("0 of its");
        }

        File.ReadAllText(path).ShouldBe("before");
        Directory.GetFiles(folder.Path).Length.ShouldBe(1);
    }

    [Fact]
    public void A_file_without_room_for_it_leaves_what_was_there()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "a.safetensors");
        File.WriteAllText(path, "before");
        // More than any disk has.
        Should.Throw<InputException>(() => SafetensorsWriter.Create(path, new Dictionary<string, string>(), [new("huge", "U8", 1L << 55)])).Message.ShouldContain("cannot be written");
        File.ReadAllText(path).ShouldBe("before");
        Directory.GetFiles(folder.Path).Length.ShouldBe(1);
    }

    [Fact]
    public void Tensors_take_what_was_declared_and_no_more()
    {
        using TemporaryFolder folder = new();
        using SafetensorsWriter writer = SafetensorsWriter.Create(Path.Combine(folder.Path, "a.safetensors"), new Dictionary<string, string>(), declared);
        Should.Throw<ArgumentException>(() => writer.Append("bytes", new byte[4]));
        Should.Throw<ArgumentException>(() => writer.Append("other", []));
        Should.Throw<ArgumentException>(() => SafetensorsWriter.Create(Path.Combine(folder.Path, "b.safetensors"), new Dictionary<string, string>(), [declared[0], declared[0]]));
    }
}
