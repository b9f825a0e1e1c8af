using Shoestring.Techniques;

namespace Shoestring.Oracles;

/// <summary>A folder or llama2.c file converted to GGUF as <c>apply</c> does it, in a file that lasts as long as this object.</summary>
sealed class ConvertedModelFile : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-converted-").FullName;

    public ConvertedModelFile(string source, params string[] techniques)
    {
        Path = System.IO.Path.Combine(folder, "converted.gguf");
        using var file = ModelFiles.Open(source);
        using WorkerPool pool = new(2);
        GgufRewrite.Plan(file, [.. techniques.Select(TechniqueCall.Parse)]).Write(Path, pool, cancellation: TestContext.Current.CancellationToken);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
