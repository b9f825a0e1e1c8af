using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>Reads a harvest's documents into its index.</summary>
static class DocumentIndexing
{
    /// <summary>Reads what is not in the index yet, and returns what could not be read.</summary>
    public static IReadOnlyList<UnreadDocument> Run(Session session, string folder, HarvestResult result)
    {
        using var index = new DocumentIndex(folder);
        using var worker = session.Host.DocumentCommand is { } command ? new DocumentWorker(command) : null;
        IReadOnlyList<UnreadDocument> unread = session.Track("reading", "file", progress => index.Update(
            result.Entries,
            worker is not null ? worker.Read : (path, type, cancellation) => DocumentReader.Read(path, type, new DocumentLimits(), cancellation),
            new Forward(progress, result.Count(HarvestStatus.Kept)), session.Cancellation));
        foreach (UnreadDocument document in unread)
        {
            session.Warn($"the text of {document.Path} is not in the index: {document.Reason}");
        }

        return unread;
    }

    sealed class Forward(IProgress<Amount> progress, int total) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new Amount(value, total));
    }
}
