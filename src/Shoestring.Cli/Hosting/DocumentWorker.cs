using System.Diagnostics;
using System.Text;
using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>
/// Reads documents in a process of its own, which a hostile one may hang, exhaust or crash without harm to the harvest: it is ended
/// when it takes too long, its memory is limited, and the next document gets a fresh one. A line of JSON asks, a line answers.
/// </summary>
/// <param name="command">The program and its arguments.</param>
sealed class DocumentWorker(IReadOnlyList<string> command) : IDisposable
{
    // The most that reading one document may take.
    static readonly TimeSpan limit = TimeSpan.FromSeconds(60);
    const string MemoryLimit = "0x30000000"; // 805 MB

    Process? process;

    /// <summary>The text of a document.</summary>
    /// <exception cref="DocumentFault">It cannot be read.</exception>
    public DocumentText Read(string path, string type, CancellationToken cancellation)
    {
        process ??= Start();
        try
        {
            process.StandardInput.WriteLine(DocumentLines.Question(path, type));
            process.StandardInput.Flush();
            Task<string?> answer = process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask();
            if (!answer.Wait((int)limit.TotalMilliseconds, cancellation))
            {
                throw new DocumentFault($"reading it takes longer than {limit.TotalSeconds:0} s");
            }

            return answer.GetAwaiter().GetResult() is { } line ? DocumentLines.Text(line) : throw new DocumentFault("its reader crashed or ran out of memory");
        }
        catch (IOException fault)
        {
            End();
            throw new DocumentFault("its reader crashed or ran out of memory", fault);
        }
        catch (Exception fault) when (fault is OperationCanceledException || (fault is DocumentFault && (process.HasExited || fault.Message.StartsWith("reading it takes", StringComparison.Ordinal))))
        {
            End();
            throw;
        }
    }

    public void Dispose() => End();

    /// <summary>What such a process does: answers until its input ends.</summary>
    public static Answer Serve(Session session)
    {
        while (session.Host.Input.ReadLine() is { } line)
        {
            session.Host.Output.WriteLine(DocumentLines.Answer(line));
            session.Host.Output.Flush();
        }

        return new Answer(new WorkReport(new Work("harvest")), _ => { });
    }

    Process Start()
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
            UseShellExecute = false,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = MemoryLimit;
        Process started = Process.Start(start) ?? throw new JobFailedException("the reader of documents does not start");

        // What it says when it crashes is for nobody; unread, it would block it.
        started.ErrorDataReceived += (_, _) => { };
        started.BeginErrorReadLine();
        return started;
    }

    void End()
    {
        if (process is null)
        {
            return;
        }

        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
        process = null;
    }
}
