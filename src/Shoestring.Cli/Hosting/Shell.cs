namespace Shoestring.Cli;

/// <summary>Parses a command line and runs the verb that it names.</summary>
sealed class Shell
{
    readonly Host host;
    readonly CommonOptions common = new();
    readonly Command root = new("shoestring",
        "Large language models on a shoestring: run them, compress them, and see what each costs in computation, memory, energy, money and network.");

    public Shell(Host host)
    {
        this.host = host;
        root.Options.Add(new Option<bool>("--help", "-h", "-?") { Description = "Show help", Recursive = true, Action = new HelpPage(root) });
        root.Options.Add(new Option<bool>("--version") { Description = "Show the version", Action = new VersionLine() });
        foreach (Option option in common.All)
        {
            root.Options.Add(option);
        }

        foreach (Verb verb in VerbList.All())
        {
            Bind(verb);
            root.Subcommands.Add(verb);
        }
    }

    // A verb may have verbs of its own, as papers has search.
    void Bind(Verb verb)
    {
        verb.SetAction(values => VerbRunner.Run(verb, new Session(host, values, common)));
        foreach (Verb part in verb.Subcommands.OfType<Verb>())
        {
            Bind(part);
        }
    }

    /// <summary>Runs one command line and returns its exit code.</summary>
    public int Run(string[] arguments)
    {
        // A prompt may start with @ and a value with a dash: neither names a file of arguments or a bundle of options.
        var parser = new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
        ParseResult values = root.Parse(arguments.Length > 0 ? arguments : ["--help"], parser);
        if (values.Action is not (HelpPage or VersionLine) && ParseFaults.Of(values, root) is { } fault)
        {
            host.Error.WriteLine($"shoestring: {OneLine.Of(fault)}");
            return ExitCodes.WrongInput;
        }

        return values.Invoke(new InvocationConfiguration
        {
            Output = host.Output,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
    }
}
