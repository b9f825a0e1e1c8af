namespace Shoestring.Tensors.Tests;

public class SafetensorsFileTests
{
    [Fact]
    public void Shapes_are_turned_round_and_bytes_are_in_place()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(folder.Add("m.safetensors", SampleFiles.Safetensors()));

        file.Tensors.Select(tensor => (tensor.Name, tensor.Shape, tensor.Format)).ShouldBe(
        [
            ("model.embed_tokens.weight", new TensorShape(4, 3), TensorFormat.F16),
            ("model.norm.weight", new TensorShape(4), TensorFormat.F32),
            ("scale", new TensorShape(1), TensorFormat.BF16),
        ]);
        file.Map(file.Find("scale")!).ToArray().ShouldBe([40, 41]);
        var bytes = new byte[4];
        file.Read(file.Find("model.norm.weight")!, 2, bytes);
        bytes.ShouldBe([26, 27, 28, 29]);
        file.Metadata.ShouldBe(new Dictionary<string, string> { ["format"] = "pt", ["note"] = "ümlaut" });
    }

    [Fact]
    public void Tensors_that_are_not_read_fail_only_when_asked_for()
    {
        using var file = SafetensorsFile.Open(
            SampleFiles.Safetensors(
                """{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]},"c":{"dtype":"F16","shape":[1,1,1,1,2],"data_offsets":[8,12]}}""",
                12),
            "sample");

        file.Tensors.ShouldBeEmpty();
        file.Unread.Select(tensor => tensor.Name).ShouldBe(["a", "b", "c"]);
        Should.Throw<ModelFileException>(() => file.Find("a")).Message.ShouldContain("'a' has dtype I64");
        Should.Throw<ModelFileException>(() => file.Find("b")).Message.ShouldContain("'b' is empty");
        Should.Throw<ModelFileException>(() => file.Find("c")).Message.ShouldContain("'c' has 5 dimensions");
        file.Find("d").ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"t":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "'t' of F32 [3] cannot have 8 bytes")]
    [InlineData("""{"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "'t' should lie at bytes 0 to 16 of 8")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "'t' should lie at")]
    [InlineData("""{"t":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "negative")]
    [InlineData("""{"t":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", "negative, broken")]
    [InlineData("""{"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "cannot have 8 bytes")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "broken")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "one too many")]
    [InlineData("""{"t":{"dtype":"F32","shape":[2]}}""", "lacks its dtype")]
    [InlineData("""{"t":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "Number where String")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a' and 'b' overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "two tensors are named 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"I8","shape":[4],"data_offsets":[4,8]}}""", "two tensors are named 'a'")]
    [InlineData("""{"t":{"x":[[[[[[[[[[1]]]]]]]]]]}}""", "no JSON of the right form")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "no JSON of the right form")]
    [InlineData("""{"__metadata__":{"a":1}}""", "a value of __metadata__")]
    [InlineData("""{}{}""", "no JSON of the right form")]
    [InlineData("""[]""", "StartArray where StartObject")]
    [InlineData("", "no JSON of the right form")]
    public void Wrong_headers_are_refused(string header, string expected)
    {
        var fault = Should.Throw<ModelFileException>(() => SafetensorsFile.Open(SampleFiles.Safetensors(header, 8), "sample"));

        fault.Message.ShouldContain(expected);
        fault.Message.ShouldNotContain('\n');
    }

    [Theory]
    [InlineData(4, "too few for a header")]
    [InlineData(12, "header should take")]
    public void Truncated_files_are_refused(int length, string expected) =>
        Should.Throw<ModelFileException>(() => SafetensorsFile.Open(SampleFiles.Safetensors().AsMemory(0, length), "sample")).Message.ShouldContain(expected);
}
