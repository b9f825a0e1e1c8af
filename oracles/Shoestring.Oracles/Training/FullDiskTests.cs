using System.Diagnostics;
using System.Globalization;

namespace Shoestring.Oracles;

/// <summary>
/// A training run whose disk is full when it wants to write a checkpoint: here by the system's limit on the size of files, which cuts writes
/// off as a full disk does, and needs no disk of its own.
/// </summary>
public sealed class FullDiskTests : IDisposable
{
    const int Steps = 400, LimitKilobytes = 512;

    readonly string folder = Directory.CreateTempSubdirectory("shoestring-full-").FullName;

    public FullDiskTests()
    {
        File.WriteAllText(At("text.txt"), string.Concat(Enumerable.Range(0, 400).Select(i => $"The {(i % 2 == 0 ? "cat" : "dog")} saw {i % 10} stones.\n")));
        File.WriteAllText(At("recipe.json"), $$"""
            {
              "model": { "width": 64, "blocks": 2, "heads": 2 },
              "vocabulary": { "size": 280 },
              "data": { "file": "text.txt" },
              "steps": {{Steps}}, "context": 32, "batchRows": 64, "checkpointEvery": 7
            }
            """);
    }

    string At(string name) => Path.Combine(folder, name);

    [Fact]
    public void The_previous_checkpoint_stays_and_the_run_goes_on_from_it()
    {
        Run(null, "train", At("recipe.json"), "-o", At("whole")).Code.ShouldBe(0);
        Interrupt().ShouldBe(130);
        string checkpoint = At("out/checkpoint.safetensors");
        byte[] before = File.ReadAllBytes(checkpoint);
        before.Length.ShouldBeGreaterThan(LimitKilobytes * 1024, "or the limit would not be met");
        (int code, string error) = Run(LimitKilobytes, "train", At("recipe.json"), "-o", At("out"), "--resume");
        code.ShouldBe(2, error);
        error.TrimEnd('\n').Split('\n')[^1].ShouldContain("cannot be written");
        Directory.GetFiles(At("out")).ShouldBe([checkpoint]);
        File.ReadAllBytes(checkpoint).ShouldBe(before);
        Run(null, "train", At("recipe.json"), "-o", At("out"), "--resume").Code.ShouldBe(0);
        File.ReadAllBytes(At("out/model.gguf")).ShouldBe(File.ReadAllBytes(At("whole/model.gguf")));
    }

    /// <summary>Starts the run and stops it as a hand on the keyboard does, when it has told of some steps.</summary>
    int Interrupt()
    {
        using Process process = Start(null, "train", At("recipe.json"), "-o", At("out"));
        while (process.StandardError.ReadLine() is { } line && !line.StartsWith("step ", StringComparison.Ordinal))
        {
        }
        using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    (int Code, string Error) Run(int? limit, params string[] arguments)
    {
        using Process process = Start(limit, arguments);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    Process Start(int? limit, params string[] arguments)
    {
        // The signal that comes with the limit is passed over, so that writes fail as they do on a full disk.
        string script = limit is null ? "exec dotnet \"$@\"" : $"trap '' XFSZ; ulimit -f {limit}; exec dotnet \"$@\"";
        ProcessStartInfo start = new("bash", ["-c", script, "bash", CommandProcess.Command, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        // The runtime keeps its own code in a large file in memory, which the limit would count.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        foreach (string variable in (string[])["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"])
        {
            start.Environment[variable] = folder;
        }
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
