namespace Shoestring.Cli;

/// <summary>Runs a verb under the meter: answer to standard output, receipt to standard error and the ledger, faults to one line.</summary>
static class VerbRunner
{
    const string TraceVariable = "SHOESTRING_TRACE";

    /// <summary>Runs <paramref name="verb"/> and returns the exit code.</summary>
    public static int Run(Verb verb, Session session)
    {
        try
        {
            return Metered(verb, session);
        }
        catch (Exception error)
        {
            session.Host.Output.Flush();
            return Fault(error, session.Host);
        }
    }

    static int Metered(Verb verb, Session session)
    {
        MeterOptions options = MeterOptions.FromUser(session.Threads, session.Region, session.Host.Folders);
        using var meter = Meter.Start(options);
        Answer answer = verb.Run(session);
        Receipt receipt = meter.Stop(answer.Report, answer.Prediction);
        answer.Receipted(receipt);
        answer.Text(session.Text);
        session.Host.Output.Flush();
        Keep(verb, session, receipt);
        Print(session, receipt);
        if (session.Json)
        {
            JsonAnswer.WriteLine(session.Host.Output, answer, receipt);
        }

        return session.Cancellation.IsCancellationRequested ? ExitCodes.Interrupted : answer.ExitCode;
    }

    static void Keep(Verb verb, Session session, Receipt receipt)
    {
        if (new Ledger(session.Host.Folders.LedgerFile).TryAppend(Name(verb), receipt) is { } warning)
        {
            session.Warn(warning);
        }
    }

    static string Name(Verb verb) => verb.Parents.OfType<Verb>().FirstOrDefault() is { } whole ? $"{whole.Name} {verb.Name}" : verb.Name;

    static void Print(Session session, Receipt receipt)
    {
        if (!session.Quiet)
        {
            session.Host.Error.Write(ReceiptText.Format(receipt, session.Explain));
        }
        else if (session.Explain)
        {
            session.Host.Error.Write(ReceiptText.Explain(receipt));
        }
    }

    /// <summary>Tells the user of a fault in one line and returns the exit code.</summary>
    internal static int Fault(Exception error, Host host)
    {
        Exception cause = Cause(error);
        (string line, int code) = cause switch
        {
            InputException => (cause.Message, ExitCodes.WrongInput),
            OperationCanceledException => ("stopped", ExitCodes.Interrupted),
            JobFailedException => (cause.Message, ExitCodes.Failed),
            OutOfMemoryException => ("there is not enough memory for this; take a smaller model, context or batch", ExitCodes.Failed),
            _ => ($"{cause.GetType().Name}: {cause.Message.TrimEnd('.')}; this is a fault of shoestring, {TraceVariable}=1 shows where", ExitCodes.Failed),
        };
        host.Error.WriteLine($"shoestring: {OneLine.Of(line)}");
        if (host.Environment(TraceVariable) is { Length: > 0 })
        {
            host.Error.WriteLine(error);
        }

        return code;
    }

    // Work on many threads wraps what went wrong on one of them.
    static Exception Cause(Exception error) =>
        error is AggregateException { InnerExceptions.Count: 1 } wrapped ? Cause(wrapped.InnerExceptions[0]) : error;
}

/// <summary>The work was done as asked, but it did not come to what was wanted; the message has a cure.</summary>
sealed class JobFailedException(string message) : Exception(message);
