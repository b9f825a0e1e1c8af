using System.Runtime.CompilerServices;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Inference.Tests;

public sealed class ReadmeExampleTests
{
    static string Repository([CallerFilePath] string source = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", ".."));

    /// <summary>Runs the README's example; its text is the lines between the two marks, which another test compares.</summary>
    static void Example(string path, TextWriter Console)
    {
        // README begins
        using WorkerPool pool = new(threads: 2);
        using LanguageModel model = LanguageModel.Load(path, pool);
        using Engine engine = new(model, pool);
        foreach (string text in engine.Generate("Once upon a time", maximumTokens: 20, SamplingOptions.Greedy))
        {
            Console.Write(text);
        }
        Console.WriteLine($" ({engine.Operations.Counters.Flops:N0} FLOPs)");
        // README ends
    }

    [Fact]
    public void The_example_runs()
    {
        StringWriter output = new();
        Example(Path.Combine(Repository(), "src", "Shoestring.Cli", "Default", "shoestring-stories-q8_0.gguf"), output);
        output.ToString().Length.ShouldBeGreaterThan(40);
        output.ToString().ShouldEndWith(" FLOPs)" + Environment.NewLine);
    }

    [Fact]
    public void The_readme_shows_what_runs()
    {
        string readme = File.ReadAllText(Path.Combine(Repository(), "README.md"));
        int begin = readme.IndexOf("```csharp\n", StringComparison.Ordinal) + "```csharp\n".Length;
        string shown = readme[begin..readme.IndexOf("```", begin, StringComparison.Ordinal)];
        string source = File.ReadAllText(Path.Combine(Repository(), "tests", "Shoestring.Inference.Tests", "ReadmeExampleTests.cs"));
        int first = source.IndexOf("// README begins\n", StringComparison.Ordinal) + "// README begins\n".Length;
        string run = source[first..source.IndexOf("        // README ends", first, StringComparison.Ordinal)].Replace("\n        ", "\n").TrimStart();
        shown[shown.IndexOf("using WorkerPool", StringComparison.Ordinal)..].ShouldBe(run);
    }
}
