using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Shoestring.Cli;

/// <summary>The library's help, and examples after it.</summary>
sealed class HelpPage(Command root) : SynchronousCommandLineAction
{
    static readonly Example[] first =
    [
        new("shoestring run -p \"Once upon a time\"", "generate text with the built-in model"),
        new("shoestring optimize model.gguf --text sample.txt", "find what can be saved, and write a report"),
        new("shoestring run --help", "all about one verb"),
    ];

    readonly HelpAction help = new();

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        Command command = parseResult.CommandResult.Command;
        output.WriteLine("Examples:");
        foreach (Example example in command == root ? first : ((Verb)command).Examples)
        {
            output.WriteLine($"  {example.Line}");
            output.WriteLine($"      {example.Meaning}");
        }

        return code;
    }
}
