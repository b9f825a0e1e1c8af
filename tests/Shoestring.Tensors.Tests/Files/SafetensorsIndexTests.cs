using System.Text;

namespace Shoestring.Tensors.Tests;

public sealed class SafetensorsIndexTests : IDisposable
{
    const string First = "model-00001-of-00002.safetensors";
    const string Second = "model-00002-of-00002.safetensors";

    readonly TemporaryFolder folder = new();

    [Fact]
    public void Shards_are_read_as_one()
    {
        AddShards();
        AddIndex($$$"""{"metadata":{"total_size":8},"weight_map":{"a":"{{{First}}}","b":"{{{Second}}}"}}""");

        using var file = SafetensorsFile.Open(folder.Path);

        file.Tensors.Select(tensor => (tensor.Name, tensor.Part)).ShouldBe([("a", 0), ("b", 1)]);
        file.Map(file.Find("b")!).ToArray().ShouldBe([0, 1, 2, 3]);
        file.FileBytes.ShouldBe(new FileInfo(folder.At(First)).Length + new FileInfo(folder.At(Second)).Length);
        using var byIndex = SafetensorsFile.Open(folder.At(SafetensorsIndex.FileName));
        byIndex.Tensors.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("../a.safetensors")]
    [InlineData("/etc/a.safetensors")]
    [InlineData("sub/a.safetensors")]
    [InlineData("..\\\\a.safetensors")]
    [InlineData("C:a.safetensors")]
    [InlineData("a.safetensors\\u0000.safetensors")]
    [InlineData("passwd")]
    [InlineData("")]
    public void Shards_outside_the_folder_are_refused(string shard) =>
        Fault($$$"""{"weight_map":{"a":"{{{shard}}}"}}""").ShouldContain("is no name of a .safetensors file in the same folder");

    [Theory]
    [InlineData("""{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00001-of-00002.safetensors"}}""", "'b' is not in")]
    [InlineData("""{"weight_map":{"a":"model-00002-of-00002.safetensors","b":"model-00001-of-00002.safetensors"}}""", "is not in")]
    [InlineData("""{"weight_map":{"a":"gone.safetensors"}}""", "no such file")]
    [InlineData("""{"weight_map":{"a":"model-00001-of-00002.safetensors","a":"model-00001-of-00002.safetensors"}}""", "stands twice")]
    [InlineData("""{"weight_map":[]}""", "weight_map is no object")]
    [InlineData("""{"weight_map":{}}""", "names 0 files")]
    [InlineData("""{"weight_map":""", "no JSON of the right form")]
    [InlineData("[]", "no JSON object")]
    public void Wrong_indexes_are_refused(string index, string expected)
    {
        AddShards();
        Fault(index).ShouldContain(expected);
    }

    [Fact]
    public void A_single_file_goes_before_an_index()
    {
        folder.Add("model.safetensors", SampleFiles.Safetensors());
        AddIndex("{");

        using var file = SafetensorsFile.Open(folder.Path);

        file.Tensors.Count.ShouldBe(3);
    }

    public void Dispose() => folder.Dispose();

    string Fault(string index)
    {
        AddIndex(index);
        return Should.Throw<ModelFileException>(() => SafetensorsFile.Open(folder.Path)).Message;
    }

    void AddShards()
    {
        folder.Add(First, SampleFiles.Safetensors("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4));
        folder.Add(Second, SampleFiles.Safetensors("""{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4));
    }

    void AddIndex(string json) => folder.Add(SafetensorsIndex.FileName, Encoding.UTF8.GetBytes(json));
}
