namespace Shoestring.Cli;

/// <summary>One run of a verb: its values, and ways to tell the user something.</summary>
sealed class Session(Host host, ParseResult values, CommonOptions common)
{
    /// <summary>The process.</summary>
    public Host Host { get; } = host;

    /// <summary>Whether the answer is a JSON document.</summary>
    public bool Json { get; } = values.GetValue(common.Json);

    /// <summary>Whether only the answer, warnings and errors are wanted.</summary>
    public bool Quiet { get; } = values.GetValue(common.Quiet);

    /// <summary>Whether formulas are wanted.</summary>
    public bool Explain { get; } = values.GetValue(common.Explain);

    /// <summary>Threads to compute with.</summary>
    public int Threads { get; } = values.GetValue(common.Threads) ?? Environment.ProcessorCount;

    /// <summary>Seed of all random choices.</summary>
    public ulong Seed { get; } = values.GetValue(common.Seed) ?? 0;

    /// <summary>Region of the electricity, or null.</summary>
    public string? Region { get; } = values.GetValue(common.Region);

    /// <summary>Cancelled by Ctrl-C.</summary>
    public CancellationToken Cancellation => Host.Cancellation;

    /// <summary>Where text goes that is the answer, while the work goes on; nowhere when the answer is JSON.</summary>
    public TextWriter Text => Json ? TextWriter.Null : Host.Output;

    /// <summary>An option's value.</summary>
    public T? Value<T>(Option<T> option) => values.GetValue(option);

    /// <summary>An argument's value.</summary>
    public T? Value<T>(Argument<T> argument) => values.GetValue(argument);

    /// <summary>Tells what goes on, unless asked not to.</summary>
    public void Note(string line)
    {
        if (!Quiet)
        {
            Host.Error.WriteLine(line);
        }
    }

    /// <summary>Tells of something that the user should know of but that does not stop the work.</summary>
    public void Warn(string line) => Host.Error.WriteLine($"shoestring: warning: {OneLine.Of(line)}");

    /// <summary>Runs long work under a progress bar with rate and time left, where a person watches.</summary>
    /// <param name="title">What is being done.</param>
    /// <param name="unit">Unit of the amounts that the work reports, as B or token.</param>
    /// <param name="work">The work.</param>
    public T Track<T>(string title, string unit, Func<IProgress<Amount>, T> work) =>
        Host.ErrorIsTerminal && !Quiet ? ProgressBar.Run(Host, title, unit, work) : work(ProgressBar.None);
}
