using System.Text.Json;
using Shoestring.Techniques;

namespace Shoestring.Cli.Tests;

public sealed class ApplyVerbTests : IDisposable
{
    readonly Tool tool = new();

    [Fact]
    public void A_quantized_model_runs_and_says_how_it_was_made()
    {
        string path = tool.At("small.gguf");
        Outcome outcome = tool.Run("apply", "-t", "quantize:format=Q8_0", "-o", path, "--json");
        JsonElement json = outcome.Json;
        json.GetProperty("storedBytes").GetInt64().ShouldBe(new FileInfo(path).Length);
        JsonElement stored = json.GetProperty("receipt").GetProperty("memory").GetProperty("storedBytes");
        stored.GetProperty("predicted").GetDouble().ShouldBe(stored.GetProperty("value").GetDouble(), tolerance: 4096);
        Outcome run = tool.Run("run", path, "-p", "Once upon a time", "-n", "2", "--temp", "0");
        run.Output.ShouldBe(", a\n");
        run.Error.ShouldContain("was made with");
        run.Error.ShouldContain("quantize:format=Q8_0");
        using GgufFile file = GgufFile.Open(path);
        RunSetup.Read(file.Metadata).Techniques[^1].ShouldBe("quantize:format=Q8_0");
        file.Find("token_embd.weight")!.Format.ShouldBe(TensorFormat.Q8_0);
    }

    [Fact]
    public void Without_a_technique_the_tensors_stay_as_they_are()
    {
        string path = tool.At("copy.gguf");
        tool.Run("apply", "-o", path, "--quiet").Code.ShouldBe(0);
        using GgufFile copy = GgufFile.Open(path), original = DefaultModel.Open();
        copy.Metadata.Count.ShouldBe(original.Metadata.Count);
        foreach (TensorEntry tensor in original.Tensors)
        {
            copy.Map(copy.Find(tensor.Name)!).SequenceEqual(original.Map(tensor)).ShouldBeTrue(tensor.Name);
        }
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_a_fault()
    {
        tool.Run("apply", "-o", tool.At("nowhere/out.gguf")).Fault.ShouldContain("cannot be written");
        Directory.GetFileSystemEntries(tool.Folder).ShouldBeEmpty();
    }

    [Fact]
    public void Compare_sees_what_quantizing_changed()
    {
        string path = tool.At("small.gguf");
        tool.Run("apply", "-t", "quantize:format=Q4_0", "-o", path, "--quiet");
        string text = tool.Write("text.txt", System.Text.Encoding.UTF8.GetString(DefaultModel.Text())[..6000]);
        JsonElement json = tool.Run("compare", path, text, "--context", "128", "--json").Json;
        json.GetProperty("topOneAgreement").GetDouble().ShouldBeInRange(0.7, 0.999);
        json.GetProperty("meanKullbackLeibler").GetDouble().ShouldBeInRange(0.001, 0.1);
        json.GetProperty("probabilityLoyalty").GetDouble().ShouldBeInRange(0.8, 0.999);
        json.GetProperty("tokens").GetInt32().ShouldBeGreaterThan(100);
        JsonElement same = tool.Run("compare", path, path, text, "--context", "128", "--json").Json;
        same.GetProperty("topOneAgreement").GetDouble().ShouldBe(1);
        same.GetProperty("meanKullbackLeibler").GetDouble().ShouldBe(0, 1e-12);
    }

    public void Dispose() => tool.Dispose();
}
