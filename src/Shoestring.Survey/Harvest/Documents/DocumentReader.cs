namespace Shoestring.Survey;

/// <summary>Reads documents in this process. What a hostile one does to it, nothing here can undo: who fears that reads in a process of its own.</summary>
public static class DocumentReader
{
    /// <summary>Types that have text to read.</summary>
    public static IReadOnlyList<string> Types { get; } = ["pdf", "pptx", "ppsx", "docx"];

    /// <summary>The text of a document.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">Its type, by its extension.</param>
    /// <param name="limits">How much is read.</param>
    /// <param name="cancellation">Stops it between two pages.</param>
    /// <exception cref="DocumentFault">It cannot be read.</exception>
    public static DocumentText Read(string path, string type, DocumentLimits limits, CancellationToken cancellation = default)
    {
        if (new FileInfo(path) is { Exists: true } file && file.Length > limits.Bytes)
        {
            throw new DocumentFault($"it has {file.Length} bytes, more than the {limits.Bytes} of which the text is read");
        }

        try
        {
            return type switch
            {
                "pdf" => PdfText.Read(path, limits, cancellation),
                "pptx" or "ppsx" => OfficeText.Presentation(path, limits, cancellation),
                "docx" => OfficeText.Document(path, limits, cancellation),
                _ => throw new DocumentFault($"the text of a {type} is not read"),
            };
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or DocumentFault))
        {
            // A broken document shows in the parsers as faults of any kind.
            throw new DocumentFault($"it is broken, or of a kind that is not understood ({fault.GetType().Name}: {fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", fault);
        }
    }
}
