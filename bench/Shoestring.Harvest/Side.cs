using System.Diagnostics;
using System.Text.Json;

namespace Shoestring.Harvest;

/// <summary>A program that fetches the same files.</summary>
/// <param name="Name">As results name it.</param>
/// <param name="Command">The program and its arguments; <c>{out}</c> stands for the output folder.</param>
sealed record Side(string Name, string[] Command)
{
    /// <summary>The largest peak of physical memory so far, where the program says it.</summary>
    public double PeakResidentBytes { get; private set; }

    /// <summary>Fetches once into a fresh folder, and returns the seconds of the whole process.</summary>
    /// <exception cref="InvalidOperationException">It failed, or files are missing.</exception>
    public double Run(string work, int files)
    {
        var output = Path.Combine(work, "out");
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
        Directory.CreateDirectory(output);
        var start = new ProcessStartInfo(Command[0], Command.Skip(1).Select(argument => argument.Replace("{out}", output, StringComparison.Ordinal)))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SHOESTRING_HOME"] = Path.Combine(work, "home");
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var got = Directory.EnumerateFiles(output, "*.pdf", SearchOption.AllDirectories).Count();
        if (process.ExitCode != 0 || got != files)
            throw new InvalidOperationException($"{Name} ended with {process.ExitCode} and {got} of {files} files: {errors.Result}");
        if (Name.StartsWith("shoestring", StringComparison.Ordinal))
            PeakResidentBytes = Math.Max(PeakResidentBytes, Peak(text));
        return seconds;
    }

    static double Peak(string text)
    {
        using var answer = JsonDocument.Parse(text.TrimEnd('\n').Split('\n')[^1]);
        return answer.RootElement.GetProperty("receipt").GetProperty("memory").GetProperty("peakResidentBytes").GetProperty("value").GetDouble();
    }
}
