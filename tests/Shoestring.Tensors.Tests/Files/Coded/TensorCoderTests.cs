namespace Shoestring.Tensors.Tests;

public sealed class TensorCoderTests : IDisposable
{
    readonly WorkerPool pool = new(2);
    readonly TemporaryFolder folder = new();

    public static TheoryData<TensorFormat> Formats => [.. BlockFormats.All];

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Weights_of_every_format_come_out_as_they_went_in(TensorFormat format)
    {
        byte[] bytes = TestWeights.Bytes(format, 96, 1024);
        using GgufFile coded = Coded(format, new TensorShape(1024, 96), bytes, out long length);
        length.ShouldBeLessThan(bytes.Length);
        coded.Tensors.Single().CodedBytes.ShouldBe(length);
        CheckReads(coded, bytes);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Equal_bytes_of_every_format_come_out_and_take_next_to_nothing(TensorFormat format)
    {
        byte[] bytes = new byte[format.RowBytes(1024) * 96];
        bytes.AsSpan().Fill(0x5A);
        using GgufFile coded = Coded(format, new TensorShape(1024, 96), bytes, out long length);
        length.ShouldBeLessThan(1200 + bytes.Length / 500);
        CheckReads(coded, bytes);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Random_bytes_of_every_format_are_left_as_they_are(TensorFormat format)
    {
        byte[] bytes = new byte[format.RowBytes(1024) * 96];
        new Random(1).NextBytes(bytes);
        Plan(Plain(format, new TensorShape(1024, 96), bytes)).ShouldBeNull();
    }

    [Fact]
    public void Tiny_tensors_are_left_as_they_are() => Plan(Plain(TensorFormat.F32, new TensorShape(1), [1, 2, 3, 4])).ShouldBeNull();

    [Fact]
    public void What_is_expected_of_a_sample_is_what_comes()
    {
        byte[] bytes = TestWeights.Bytes(TensorFormat.Q8_0, 256, 1024);
        using GgufFile coded = Coded(TensorFormat.Q8_0, new TensorShape(1024, 256), bytes, out long length);
        ((double)TensorCoder.Estimate(TensorFormat.Q8_0, bytes.AsSpan(0, 34 * 3000), bytes.Length)).ShouldBe(length, 0.01 * length);
        TensorCoder.Estimate(TensorFormat.Q8_0, [], bytes.Length).ShouldBeInRange(1, bytes.Length);
    }

    [Fact]
    public void Streams_do_not_depend_on_the_number_of_threads()
    {
        using GgufFile plain = Plain(TensorFormat.Q4_0, new TensorShape(1024, 512), TestWeights.Bytes(TensorFormat.Q4_0, 512, 1024));
        using var one = new WorkerPool(1);
        Stream(TensorCoder.Plan(plain, plain.Tensors[0], one, TestContext.Current.CancellationToken)!).ShouldBe(Stream(Plan(plain)!));
    }

    [Fact]
    public void Damage_is_a_fault_of_the_file()
    {
        byte[] bytes = TestWeights.Bytes(TensorFormat.Q8_0, 96, 1024);
        using GgufFile plain = Plain(TensorFormat.Q8_0, new TensorShape(1024, 96), bytes);
        TensorCoder coder = Plan(plain)!;
        byte[] file = File.ReadAllBytes(Write(coder));
        using GgufFile sound = GgufFile.Open(file, "sound");

        // A word in the midst of the first chunk.
        file[^(int)(coder.Bytes / 2)] ^= 0x40;
        using GgufFile damaged = GgufFile.Open(file, "damaged");
        Should.Throw<ModelFileException>(() => damaged.Read(damaged.Tensors[0], 0, new byte[bytes.Length])).What.ShouldContain("does not decode");
        file[file.AsSpan().IndexOf("SEC1"u8)] = (byte)'s';
        Should.Throw<ModelFileException>(() => GgufFile.Open(file, "no magic")).What.ShouldContain("I8");
    }

    TensorCoder? Plan(GgufFile file) => TensorCoder.Plan(file, file.Tensors[0], pool, TestContext.Current.CancellationToken);

    GgufFile Plain(TensorFormat format, TensorShape shape, byte[] bytes)
    {
        string path = folder.At("plain.gguf");
        GgufWriter.Write(path, GgufMetadata.Empty, [new TensorDeclaration("w", shape, format)], (_, stream) => stream.Write(bytes));
        return GgufFile.Open(path);
    }

    GgufFile Coded(TensorFormat format, TensorShape shape, byte[] bytes, out long length)
    {
        using GgufFile plain = Plain(format, shape, bytes);
        TensorCoder coder = Plan(plain)!;
        length = coder.Bytes;
        return GgufFile.Open(Write(coder));
    }

    string Write(TensorCoder coder)
    {
        string path = folder.At("coded.gguf");
        GgufWriter.Write(path, GgufMetadata.Empty, [coder.Declaration], (_, stream) => stream.Write(Stream(coder)));
        return path;
    }

    static byte[] Stream(TensorCoder coder)
    {
        using var stream = new MemoryStream();
        coder.Write(bytes => stream.Write(bytes));
        stream.Length.ShouldBe(coder.Bytes);
        return stream.ToArray();
    }

    static void CheckReads(GgufFile coded, byte[] bytes)
    {
        TensorEntry tensor = coded.Find("w")!;
        tensor.ShouldBe(coded.Tensors[0]);
        tensor.Bytes.ShouldBe(bytes.Length);
        byte[] whole = new byte[bytes.Length];
        coded.Read(tensor, 0, whole);
        whole.AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        var random = new Random(2);
        for (int round = 0; round < 20; round++)
        {
            int first = random.Next(bytes.Length), count = random.Next(bytes.Length - first);
            coded.Map(tensor, first, count).SequenceEqual(bytes.AsSpan(first, count)).ShouldBeTrue($"{count} bytes from {first}");
        }

        Should.Throw<ArgumentOutOfRangeException>(() => coded.Read(tensor, 1, whole));
    }
}
