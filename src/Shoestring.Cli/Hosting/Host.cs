using System.Text;

namespace Shoestring.Cli;

/// <summary>What a command sees of the process it runs in, so that tests can stand in for it.</summary>
sealed record Host
{
    /// <summary>Where answers to prompts come from.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Takes the answer and nothing else.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Takes everything else: progress, notes, receipts, errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person types <see cref="Input"/>.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Output"/>.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether a person watches <see cref="Error"/>: progress bars are for them.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = 120;

    /// <summary>The user's folders.</summary>
    public required UserFolders Folders { get; init; }

    /// <summary>Environment variables.</summary>
    public Func<string, string?> Environment { get; init; } = _ => null;

    /// <summary>Starts a process that reads documents, or null to read them in this one.</summary>
    public IReadOnlyList<string>? DocumentCommand { get; init; }

    /// <summary>Cancelled by Ctrl-C.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The real process.</summary>
    public static Host OfProcess(CancellationToken cancellation) => new()
    {
        Input = Console.In,
        Output = Writer(Console.OpenStandardOutput(), autoFlush: false),
        Error = Writer(Console.OpenStandardError(), autoFlush: true),
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Width = TerminalWidth(),
        Folders = UserFolders.Current,
        Environment = System.Environment.GetEnvironmentVariable,
        DocumentCommand = OwnCommand("harvest", "--read-documents", "--quiet"),
        Cancellation = cancellation,
    };

    // Compiled ahead of time the process is the tool itself, else it is the runtime's host, which is given the tool.
    static string[] OwnCommand(params string[] arguments)
    {
        string program = System.Environment.ProcessPath!;
        bool hosted = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return [program, .. hosted ? [Path.Combine(AppContext.BaseDirectory, "shoestring.dll")] : (string[])[], .. arguments];
    }

    // UTF-8 whatever the locale says: answers are model text and JSON, and JSON is UTF-8.
    static StreamWriter Writer(Stream stream, bool autoFlush) => new(stream, new UTF8Encoding(false)) { AutoFlush = autoFlush };

    // Asking for the width where there is no terminal fails on some systems and gives 0 on others.
    static int TerminalWidth()
    {
        const int usual = 120;
        if (Console.IsOutputRedirected && Console.IsErrorRedirected)
        {
            return usual;
        }

        try
        {
            return Console.WindowWidth is var width and > 0 ? width : usual;
        }
        catch (IOException)
        {
            return usual;
        }
    }
}
