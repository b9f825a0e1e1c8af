namespace Shoestring.Cli;

/// <summary>Measures the machine and keeps what came out.</summary>
static class MachineBench
{
    /// <summary>Measures for some seconds with every core busy.</summary>
    public static Answer Run(Session session)
    {
        MachineLimits limits = Measure(session);
        string path = session.Host.Folders.MachineFile;
        return new Answer(new WorkReport(new Work("bench")), writer => writer.Object("machine", () => MachineReport.Fields(writer, limits)))
        {
            Text = output =>
            {
                MachineReport.Write(output, session.Host, limits);
                output.WriteLine($"kept in {path}");
            },
        };
    }

    /// <summary>Measures and keeps the limits.</summary>
    /// <exception cref="InputException">They cannot be kept.</exception>
    public static MachineLimits Measure(Session session)
    {
        session.Note("measuring what this machine can do, for some seconds; other programs should rest");
        MachineLimits limits = MachineLimits.Measure(session.Threads);
        session.Cancellation.ThrowIfCancellationRequested();
        Save(limits, session.Host.Folders.MachineFile);
        return limits;
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
