using System.Text;

namespace Shoestring.Tensors.Tests;

public sealed class ModelFilesTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    [Fact]
    public void The_content_decides_not_the_name()
    {
        OpenedAs<GgufFile>(folder.Add("a", SampleFiles.Gguf()));
        OpenedAs<SafetensorsFile>(folder.Add("b", SampleFiles.Safetensors()));
        OpenedAs<Llama2cFile>(folder.Add("c", SampleFiles.Llama2c(0)));
        OpenedAs<Llama2cFile>(folder.Add("d", SampleFiles.Llama2c(1, false)));
    }

    [Fact]
    public void A_folder_gives_its_model()
    {
        folder.Add("config.json", "{}"u8.ToArray());
        Fault(folder.Path).ShouldContain("a config.json without its weights");
        folder.Add("m.gguf", SampleFiles.Gguf());
        OpenedAs<GgufFile>(folder.Path);
        folder.Add("n.gguf", SampleFiles.Gguf());
        Fault(folder.Path).ShouldContain("2 .gguf files");
        folder.Add("model.safetensors", SampleFiles.Safetensors());
        OpenedAs<SafetensorsFile>(folder.Path);
    }

    [Fact]
    public void A_folder_without_a_model_says_so()
    {
        Fault(folder.Path).ShouldContain("the folder holds no model; name a .gguf file");
        folder.Add("pytorch_model.bin", [1]);
        Fault(folder.Path).ShouldContain("PyTorch weights");
    }

    [Theory]
    [InlineData("PK\u0003\u0004 and more than twenty-eight bytes", "a ZIP or PyTorch file")]
    [InlineData("tjgg and more than twenty-eight bytes", "before GGUF")]
    [InlineData("{\"and\": \"more than twenty-eight bytes\"}", "JSON")]
    [InlineData("Once upon a time there was a little file", "of no known kind")]
    [InlineData("x", "of no known kind")]
    public void Files_of_other_kinds_are_named(string content, string expected) =>
        Fault(folder.Add("m.bin", Encoding.ASCII.GetBytes(content))).ShouldContain(expected);

    [Fact]
    public void Missing_and_empty_files_say_so()
    {
        Fault(folder.At("gone.gguf")).ShouldContain("there is no such file");
        Fault(folder.Add("empty.gguf", [])).ShouldContain("the file is empty");
        Fault("").ShouldContain("the path is empty");
        Should.Throw<ModelFileException>(() => GgufFile.Open(folder.Path)).Message.ShouldContain("it is a folder");
    }

    [Fact]
    public void Links_are_followed_and_those_to_nowhere_say_so()
    {
        folder.Add("model", SampleFiles.Gguf());
        File.CreateSymbolicLink(folder.At("link"), folder.At("model"));
        File.CreateSymbolicLink(folder.At("broken"), folder.At("gone"));
        File.CreateSymbolicLink(folder.At("loop"), folder.At("loop"));

        OpenedAs<GgufFile>(folder.At("link"));
        Fault(folder.At("broken")).ShouldStartWith(folder.At("broken") + ": ");
        Fault(folder.At("loop")).ShouldStartWith(folder.At("loop") + ": ");
    }

    [Fact]
    public void A_pipe_is_refused_without_waiting_for_its_writer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is asked for by name");
        System.Diagnostics.Process.Start("mkfifo", folder.At("pipe")).WaitForExit();

        Fault(folder.At("pipe")).ShouldContain("empty");
    }

    public void Dispose() => folder.Dispose();

    static void OpenedAs<T>(string path)
        where T : ModelFile
    {
        using var file = ModelFiles.Open(path);
        file.ShouldBeOfType<T>();
        file.Tensors.ShouldNotBeEmpty();
    }

    static string Fault(string path) => Should.Throw<ModelFileException>(() => ModelFiles.Open(path)).Message;
}
