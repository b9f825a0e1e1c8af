namespace Shoestring.Cli.Tests;

public sealed class DefaultModelTests : IDisposable
{
    readonly Tool tool = new();

    [Fact]
    public void The_environment_names_another_model()
    {
        tool["SHOESTRING_MODEL"] = "elsewhere.gguf";
        tool.Run("inspect").Fault.ShouldContain("elsewhere.gguf");
    }

    [Fact]
    public void An_argument_goes_before_the_environment()
    {
        tool["SHOESTRING_MODEL"] = "elsewhere.gguf";
        tool.Run("inspect", "here.gguf").Fault.ShouldContain("here.gguf");
    }

    [Fact]
    public void Its_file_is_written_once_and_mended_when_cut()
    {
        string path = DefaultModel.Extract(tool.Folders);
        DateTime written = File.GetLastWriteTimeUtc(path);
        DefaultModel.Extract(tool.Folders).ShouldBe(path);
        File.GetLastWriteTimeUtc(path).ShouldBe(written);
        File.WriteAllText(path, "cut");
        DefaultModel.Extract(tool.Folders).ShouldBe(path);
        new FileInfo(path).Length.ShouldBe(2368608);
        Directory.GetFiles(Path.GetDirectoryName(path)!).ShouldHaveSingleItem();
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_the_users_to_mend()
    {
        string file = tool.Write("file", "in the way");
        Should.Throw<InputException>(() => DefaultModel.Extract(tool.Folders with { Cache = file })).Cure.ShouldContain("SHOESTRING_HOME");
    }

    public void Dispose() => tool.Dispose();
}
