using System.CommandLine.Invocation;

namespace Shoestring.Cli;

/// <summary>What <c>--version</c> prints.</summary>
sealed class VersionLine : SynchronousCommandLineAction
{
    /// <summary>This build's version.</summary>
    public static string Version { get; } = typeof(VersionLine).Assembly.GetName().Version!.ToString(3);

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"shoestring {Version}");
        return ExitCodes.Done;
    }
}
