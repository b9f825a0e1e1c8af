using System.Diagnostics;
using System.Text.Json;

namespace Shoestring.Oracles;

/// <summary>Runs the command in a fresh process, so that its peak memory holds nothing of these tests.</summary>
static class CommandProcess
{
    // The tests and the command are built side by side in the same configuration.
    /// <summary>The command's assembly.</summary>
    public static readonly string Command = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "Shoestring.Cli", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "shoestring.dll"));

    /// <summary>The receipt's memory section of a command that ends well, in bytes by name; what is not known is left out.</summary>
    public static Dictionary<string, double> Memory(params string[] arguments)
    {
        using JsonDocument answer = Answer(0, arguments);
        return Figures(answer.RootElement.GetProperty("receipt").GetProperty("memory"));
    }

    /// <summary>The JSON document of a command that ends with <paramref name="code"/>.</summary>
    public static JsonDocument Answer(int code, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Command, .. arguments, "--json", "--quiet"]) { RedirectStandardOutput = true };
        string home = Directory.CreateTempSubdirectory("shoestring-oracle-").FullName;
        foreach (string variable in (string[])["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"])
            start.Environment[variable] = home;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Directory.Delete(home, recursive: true);
        process.ExitCode.ShouldBe(code);
        return JsonDocument.Parse(output.TrimEnd('\n').Split('\n')[^1]);
    }

    /// <summary>The figures of a section of a receipt that have a value.</summary>
    static Dictionary<string, double> Figures(JsonElement section) => section.EnumerateObject()
        .Where(figure => figure.Value.ValueKind == JsonValueKind.Object && figure.Value.GetProperty("value").ValueKind == JsonValueKind.Number)
        .ToDictionary(figure => figure.Name, figure => figure.Value.GetProperty("value").GetDouble());
}
