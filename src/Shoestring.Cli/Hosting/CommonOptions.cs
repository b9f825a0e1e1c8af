namespace Shoestring.Cli;

/// <summary>The options that every verb takes.</summary>
sealed class CommonOptions
{
    public Option<bool> Json { get; } = Everywhere(new Option<bool>("--json") { Description = "Make the last line of standard output one JSON document" });

    public Option<bool> Quiet { get; } = Everywhere(new Option<bool>("--quiet", "-q") { Description = "Print only the answer, warnings and errors" });

    public Option<bool> Explain { get; } = Everywhere(new Option<bool>("--explain") { Description = "Say how each figure of the receipt was come by" });

    public Option<int?> Threads { get; } = Everywhere(Values.Integer("--threads", "Threads to compute with (default: all)", 1, 1024));

    public Option<ulong?> Seed { get; } = Everywhere(Values.Seed("--seed", "Seed of all random choices (default 0)"));

    public Option<string?> Region { get; } = Everywhere(new Option<string?>("--region")
    {
        Description = "Region whose electricity the receipt's carbon is of, as US, DE or CN (default: the world's average)",
        HelpName = "CODE",
    });

    /// <summary>All of them, in the order in which help lists them.</summary>
    public IEnumerable<Option> All => [Json, Quiet, Explain, Threads, Seed, Region];

    static Option<T> Everywhere<T>(Option<T> option)
    {
        option.Recursive = true;
        return option;
    }
}
