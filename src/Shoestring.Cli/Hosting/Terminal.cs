using System.Text;
using Spectre.Console;

namespace Shoestring.Cli;

/// <summary>Spectre.Console on the host's writers.</summary>
static class Terminal
{
    /// <summary>Standard error: progress and live tables.</summary>
    public static IAnsiConsole ForErrors(Host host) => Create(host.Error, host.ErrorIsTerminal, host.Width);

    /// <summary>Standard output: tables of an answer. What is no terminal has no width, so nothing is cut there.</summary>
    public static IAnsiConsole ForAnswers(TextWriter writer, Host host) =>
        Create(writer, host.OutputIsTerminal, host.OutputIsTerminal ? host.Width : 1000);

    static IAnsiConsole Create(TextWriter writer, bool isTerminal, int width) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        Out = new Sink(writer, isTerminal, width),
    });

    sealed class Sink(TextWriter writer, bool isTerminal, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => width;

        public int Height => 40;

        public void SetEncoding(Encoding encoding)
        {
            // The writers are UTF-8 for good.
        }
    }
}
