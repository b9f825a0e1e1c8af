using System.Buffers;

namespace Shoestring.Survey;

/// <summary>Takes a body from the network into its file, whole and checked.</summary>
sealed class BodyFile(HarvestOptions options, ByteBudget budget, Journal? journal)
{
    const int CopyBytes = 64 << 10;

    // Shorter bodies are asked for anew.
    const long WorthResuming = 256 << 10;

    /// <summary>Writes the rest of a body.</summary>
    /// <param name="item">Whose it is.</param>
    /// <param name="answer">The answer whose body it is.</param>
    /// <param name="body">The body.</param>
    /// <param name="head">Its first bytes, which are read already.</param>
    /// <param name="type">Its type, which the first bytes fit.</param>
    /// <param name="part">Takes it; holds what comes before the body when that is the rest of a file.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<FetchedFile> WriteAsync(
        HarvestItem item, WebAnswer answer, BodyStream body, ReadOnlyMemory<byte> head, FileType type, PartFile part, CancellationToken cancellation)
    {
        long start = part.Length;
        long? promised = body.IsCoded ? null : answer.Response.Content.Headers.ContentLength;
        if (promised + start > options.MaxFileBytes)
        {
            throw new HarvestFault($"more than the {options.MaxFileBytes} bytes of --max-file-bytes", answer.Status) { IsPolicy = true };
        }

        if (!body.IsCoded && start == 0 && !(promised < WorthResuming) && Validator(answer) is { } validator)
        {
            journal?.Started(item.Identity, validator);
        }

        await CopyAsync(item, body, head, part, cancellation).ConfigureAwait(false);
        if (promised is { } length && part.Length - start != length)
        {
            throw new InterruptedBody($"{part.Length - start} bytes came of {length}");
        }

        List<string> warnings = Warnings(type, part, answer);
        return ZipDirectory.Fault(part.Path, type) is { } fault
            ? throw new HarvestFault(fault, answer.Status)
            : new FetchedFile(item.Identity, item.Address, answer.Address, type, SuggestedName.Of(item, answer, type), part.Length, part.Hash(),
                answer.MediaType, 200, answer.Tag, answer.LastModified, warnings);
    }

    /// <summary>By what the rest of a body may be asked for: a strong tag, else a date; null where there is neither.</summary>
    public static string? Validator(WebAnswer answer) =>
        answer.Header("Accept-Ranges").Equals("none", StringComparison.OrdinalIgnoreCase) ? null : answer.StrongTag ?? answer.LastModified;

    async Task CopyAsync(HarvestItem item, BodyStream body, ReadOnlyMemory<byte> head, PartFile part, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            Append(item, head.Span, part);
            for (int read; (read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
            {
                Append(item, buffer.AsSpan(0, read), part);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    void Append(HarvestItem item, ReadOnlySpan<byte> bytes, PartFile part)
    {
        if (!budget.TryTake(item, bytes.Length))
        {
            throw new BudgetWait();
        }

        part.Append(bytes);
    }

    static List<string> Warnings(FileType type, PartFile part, WebAnswer answer)
    {
        var warnings = new List<string>();
        if (answer.MediaType is "text/html" or "application/xhtml+xml")
        {
            warnings.Add($"the server calls it {answer.MediaType}");
        }

        if (type.Mark == FileMark.Pdf && part.Tail.IndexOf("%%EOF"u8) < 0)
        {
            warnings.Add("no %%EOF at its end: it may be cut off");
        }

        return warnings;
    }
}

/// <summary>There is no room now; there may be when the files before it are settled.</summary>
sealed class BudgetWait() : Exception("waiting for room");
