namespace Shoestring.Cli;

/// <summary>Measures the machine and keeps what came out.</summary>
static class MachineBench
{
    /// <summary>Measures for some seconds with every core busy.</summary>
    public static Answer Run(Session session)
    {
        session.Note("measuring memory and arithmetic for some seconds; other programs should rest");
        MachineLimits limits = MachineLimits.Measure(session.Threads);
        session.Cancellation.ThrowIfCancellationRequested();
        string path = session.Host.Folders.MachineFile;
        Save(limits, path);
        return new Answer(new WorkReport(new Work("bench")), writer => writer.Object("machine", () => MachineReport.Fields(writer, limits)))
        {
            Text = output =>
            {
                MachineReport.Write(output, session.Host, limits);
                output.WriteLine($"kept in {path}");
            },
        };
    }

    static void Save(MachineLimits limits, string path)
    {
        try
        {
            limits.Save(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the limits cannot be kept ({fault.Message.TrimEnd('.')})", path, "set SHOESTRING_HOME to a folder that you may write", fault);
        }
    }
}
