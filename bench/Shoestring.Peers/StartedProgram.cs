using System.Diagnostics;

namespace Shoestring.Peers;

/// <summary>The command, built in one of two ways.</summary>
/// <param name="Name">As results name it.</param>
/// <param name="File">What is started.</param>
/// <param name="First">Arguments before the verb.</param>
sealed record StartedProgram(string Name, string File, string[] First)
{
    const string Project = "src/Shoestring.Cli", Prompt = "Once upon a time";

    /// <summary>Builds the command to be compiled as it runs, and compiled ahead of time; the working folder is the repository's.</summary>
    public static StartedProgram[] BuildBoth()
    {
        var folder = Path.GetFullPath("artifacts/starts");
        Build("build", Project, "-c", "Release", "--nologo", "-v", "quiet");
        Build("publish", Project, "-c", "Release", "-r", "linux-x64", "--nologo", "-v", "quiet", "-p:PublishAot=true", "-o", folder);
        return
        [
            new("compiled at start", "dotnet", [Path.GetFullPath("artifacts/bin/Shoestring.Cli/release/shoestring.dll")]),
            new("compiled ahead of time", Path.Combine(folder, "shoestring"), []),
        ];
    }

    /// <summary>Seconds from the start of a process to the first byte of text that it generates.</summary>
    /// <exception cref="InvalidOperationException">It failed, or generated nothing.</exception>
    public double FirstToken(string model)
    {
        var start = Start(File, [.. First, "run", model, "-p", Prompt, "--raw", "-n", "1", "--temp", "0", "--quiet"]);
        start.RedirectStandardOutput = true;
        var clock = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var any = process.StandardOutput.BaseStream.ReadByte() >= 0;
        var seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return any && process.ExitCode == 0 ? seconds
            : throw new InvalidOperationException($"{Name} ended with {process.ExitCode}{(any ? "" : " and said nothing")}");
    }

    /// <summary>Seconds that some work takes.</summary>
    public static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    static void Build(params string[] arguments)
    {
        using var process = Process.Start(Start("dotnet", arguments))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }

    static ProcessStartInfo Start(string file, string[] arguments) => new(file, arguments) { UseShellExecute = false };
}
