using System.Runtime.InteropServices;

namespace Shoestring.Cli;

/// <summary>The <c>shoestring</c> command.</summary>
static class Program
{
    static int Main(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            // The first Ctrl-C asks the work to stop; a second one ends the process as if nobody listened.
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        });
        return Run(arguments, Host.OfProcess(stop.Token));
    }

    /// <summary>Runs one command line and returns its exit code; touches nothing of the process but what <paramref name="host"/> offers.</summary>
    internal static int Run(string[] arguments, Host host)
    {
        try
        {
            return new Shell(host).Run(arguments);
        }
        finally
        {
            host.Output.Flush();
            host.Error.Flush();
        }
    }
}
