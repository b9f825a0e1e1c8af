using System.Text.Json;

namespace Shoestring.Cli.Tests;

/// <summary>What one command line came to.</summary>
sealed record Outcome(int Code, string Output, string Error)
{
    /// <summary>The last line of standard output as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Output.TrimEnd('\n').Split('\n')[^1]).RootElement;

    /// <summary>Standard error, which must be one line about the user's fault.</summary>
    public string Fault
    {
        get
        {
            Code.ShouldBe(2, Error);
            string[] lines = Error.TrimEnd('\n').Split('\n');
            lines.Length.ShouldBe(1, Error);
            lines[0].ShouldStartWith("shoestring: ");
            lines[0].ShouldContain("; ");
            return lines[0];
        }
    }
}

/// <summary>Runs command lines in this process, with a home folder of their own.</summary>
sealed class Tool : IDisposable
{
    readonly Dictionary<string, string> environment = [];

    public Tool() => Directory.CreateDirectory(Folder);

    /// <summary>A folder that is deleted with this.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"shoestring-cli-{Guid.NewGuid():N}");

    public UserFolders Folders => new(Folder, Folder, Folder);

    public string Input { get; set; } = "";

    public CancellationToken Cancellation { get; set; }

    public string this[string variable]
    {
        set => environment[variable] = value;
    }

    public Outcome Run(params string[] arguments) => Run(Folders, arguments);

    public Outcome Run(UserFolders folders, params string[] arguments)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = Program.Run(arguments, new Host
        {
            Input = new StringReader(Input),
            Output = output,
            Error = error,
            Folders = folders,
            Environment = environment.GetValueOrDefault,
            Cancellation = Cancellation,
        });
        return new Outcome(code, output.ToString(), error.ToString());
    }

    public string At(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
