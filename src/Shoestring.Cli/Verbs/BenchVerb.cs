namespace Shoestring.Cli;

/// <summary>Measures rates: of this machine, or of a model on it.</summary>
sealed class BenchVerb : Verb
{
    readonly Option<bool> machine = Values.Flag("--machine", "Measure this machine's limits and keep them: what speeds are a share of");

    public BenchVerb() : base("bench", "Measure how fast a model runs, and what share of this machine's limits that is",
        new Example("shoestring bench --machine", "measure this machine once, some seconds"))
    {
        Add(machine);
    }

    public override Answer Run(Session session) => session.Value(machine)
        ? Machine(session)
        : throw new InputException("nothing to measure is given", "bench", "give --machine");

    static Answer Machine(Session session)
    {
        session.Note("measuring memory and arithmetic; other programs should rest");
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
