using System.Net.Http.Headers;
using Polly;

namespace Shoestring.Survey;

/// <summary>Asks for one address of the harvest and makes of the answer what it is: a file, a page, or nothing.</summary>
sealed class Fetcher(HarvestClient client, HarvestScope scope, HarvestOptions options, ByteBudget budget, HarvestFolder? folder, Journal? journal) : IDisposable
{
    readonly DiskFlusher disk = new();
    readonly ResiliencePipeline bodies = Resilience.Bodies(options);
    readonly BodyFile files = new(options, budget, journal);

    // Pages are in memory while they are read; of all else only buffers are.
    readonly SemaphoreSlim pages = new(2, 2);

    /// <summary>Asks; never throws for what a server did.</summary>
    /// <param name="item">What is asked for.</param>
    /// <param name="known">What the journal knows of it, or null.</param>
    /// <param name="conditional">Whether the file that is known need not come again when the server still has it.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<FetchOutcome> FetchAsync(HarvestItem item, JournalRecord? known, bool conditional, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var part = folder is null ? null : new PartFile(folder.Part(item.Identity));
        var attempt = new FetchAttempt { Limit = limited, Known = conditional ? known : null, Validator = known?.PartValidator };
        try
        {
            FetchOutcome outcome = await ToEndAsync(item, attempt, part, cancellation, limited.Token).ConfigureAwait(false);
            if (outcome is FetchOutcome.Got got)
            {
                // By now the host is free for the next.
                await disk.FlushAsync(part!).ConfigureAwait(false);
                journal?.Fetched(got.File);
            }

            return outcome;
        }
        catch (InterruptedBody fault)
        {
            // What came is kept, so that the next harvest can go on from there.
            return Failed(item, new FetchOutcome.Fault(fault.Message, fault.Status));
        }
        catch (HarvestFault fault)
        {
            Discard(item, part);
            return Failed(item, new FetchOutcome.Fault(fault.Message, fault.Status, fault.IsPolicy));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Discard(item, part);
            return Failed(item, new FetchOutcome.Fault($"it took longer than {options.FileTimeout.TotalSeconds:0.#} s", null));
        }
    }

    async Task<FetchOutcome> ToEndAsync(HarvestItem item, FetchAttempt attempt, PartFile? part, CancellationToken cancellation, CancellationToken limited)
    {
        while (true)
        {
            try
            {
                return await bodies.ExecuteAsync(async token => await OnceAsync(item, attempt, part, token).ConfigureAwait(false), limited).ConfigureAwait(false);
            }
            catch (BudgetWait)
            {
                Discard(item, part);
                await budget.TurnAsync(item, cancellation).ConfigureAwait(false);
            }
        }
    }

    FetchOutcome.Fault Failed(HarvestItem item, FetchOutcome.Fault fault)
    {
        journal?.Failed(item.Identity, fault);
        return fault;
    }

    void Discard(HarvestItem item, PartFile? part)
    {
        part?.Delete();
        budget.Release(item);
    }

    // What is there is written over.
    void Restart(HarvestItem item, PartFile? part)
    {
        part?.Restart();
        budget.Release(item);
    }

    async Task<FetchOutcome> OnceAsync(HarvestItem item, FetchAttempt attempt, PartFile? part, CancellationToken cancellation)
    {
        byte[]? begun = attempt.Validator is not null && part is not null && File.Exists(part.Path) ? part.TakeUp() : null;
        if (begun is null or { Length: < FileMarks.HeadBytes } || (item.Taken < part!.Length && !budget.TryTake(item, part.Length - item.Taken)))
        {
            Restart(item, part);
            begun = null;
        }

        var question = new WebQuestion(item.Address, request => attempt.Configure(request, item, begun is null ? 0 : part!.Length), scope.RefusalAsync);
        using WebAnswer answer = await client.AskAsync(question, cancellation).ConfigureAwait(false);
        attempt.Begin(options.FileTimeout);
        switch (answer.Status)
        {
            case 304 when attempt.Known is { File: { } file, Path: { } path }:
                journal?.Unchanged(item.Identity);
                return new FetchOutcome.Unchanged(file, path);
            case 206 when begun is not null && answer.Response.Content.Headers.ContentRange is { From: { } from } && from == part!.Length:
                return await RestAsync(item, attempt, answer, begun, part, cancellation).ConfigureAwait(false);
            case 206 or 416 when begun is not null:
                attempt.Validator = null;
                throw new InterruptedBody("the server does not go on where it was interrupted");
            case >= 200 and < 300 and not 206:
                break;
            default:
                throw new HarvestFault($"HTTP {answer.Status}", answer.Status);
        }

        if (begun is not null)
        {
            Restart(item, part);
        }

        await using BodyStream body = await BodyStream.OpenAsync(answer, options, options.MaxFileBytes, "--max-file-bytes", cancellation).ConfigureAwait(false);
        var head = new byte[FileMarks.HeadBytes];
        int length = await HeadAsync(body, head, cancellation).ConfigureAwait(false);
        return await WholeAsync(item, attempt, answer, body, head.AsMemory(0, length), part, cancellation).ConfigureAwait(false);
    }

    async Task<FetchOutcome> RestAsync(HarvestItem item, FetchAttempt attempt, WebAnswer answer, byte[] head, PartFile part, CancellationToken cancellation)
    {
        await using BodyStream body = await BodyStream.OpenAsync(answer, options, options.MaxFileBytes - part.Length, "--max-file-bytes", cancellation).ConfigureAwait(false);
        if (body.IsCoded || scope.TypeOf(item, answer, head) is not { } type)
        {
            attempt.Validator = null;
            throw new InterruptedBody("the rest is not what was begun");
        }

        return new FetchOutcome.Got(await files.WriteAsync(item, answer, body, default, type, part, cancellation).ConfigureAwait(false));
    }

    async Task<FetchOutcome> WholeAsync(
        HarvestItem item, FetchAttempt attempt, WebAnswer answer, BodyStream body, ReadOnlyMemory<byte> head, PartFile? part, CancellationToken cancellation)
    {
        if (scope.TypeOf(item, answer, head.Span) is not { } type)
        {
            return item.Follow && scope.MayBePage(answer, head.Span)
                ? await PageAsync(answer, body, head, cancellation).ConfigureAwait(false)
                : Nothing(item);
        }

        if (item.Type is null && !scope.Wants(item.Address, answer.Address))
        {
            return Nothing(item);
        }

        if (part is null)
        {
            return new FetchOutcome.Planned(answer.Address, type, SuggestedName.Of(item, answer, type));
        }

        attempt.Validator = body.IsCoded ? null : BodyFile.Validator(answer);
        return new FetchOutcome.Got(await files.WriteAsync(item, answer, body, head, type, part, cancellation).ConfigureAwait(false));
    }

    async Task<FetchOutcome> PageAsync(WebAnswer answer, BodyStream body, ReadOnlyMemory<byte> head, CancellationToken cancellation)
    {
        await pages.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            (byte[] bytes, bool cut) = await PageBytes.ReadAsync(answer, body, head, options, cancellation).ConfigureAwait(false);
            PageLinks? links = PageBytes.IsXml(answer, bytes) ? XmlLinks.Of(bytes, options.MaxLinksPerPage) : null;
            links ??= HtmlLinks.Of(PageText.Decode(bytes, answer.Charset), options.MaxLinksPerPage);
            return new FetchOutcome.Page(answer.Address, links with { IsTruncated = links.IsTruncated || cut });
        }
        finally
        {
            pages.Release();
        }
    }

    FetchOutcome Nothing(HarvestItem item)
    {
        journal?.Nothing(item.Identity);
        return new FetchOutcome.Nothing();
    }

    public void Dispose()
    {
        disk.Dispose();
        pages.Dispose();
    }

    static async Task<int> HeadAsync(BodyStream body, byte[] head, CancellationToken cancellation)
    {
        int length = 0;
        for (int read; length < head.Length && (read = await body.ReadAsync(head.AsMemory(length), cancellation).ConfigureAwait(false)) > 0;)
        {
            length += read;
        }

        return length;
    }
}

/// <summary>What the attempts for one address share.</summary>
sealed class FetchAttempt
{
    bool began;

    /// <summary>The file of an earlier harvest that need not come again, or null.</summary>
    public JournalRecord? Known { get; init; }

    /// <summary>By what the rest of a body is asked for, or null.</summary>
    public string? Validator { get; set; }

    /// <summary>Stops it when it takes too long.</summary>
    public required CancellationTokenSource Limit { get; init; }

    /// <summary>The first answer is here: from now on the time counts; before, it was spent waiting politely.</summary>
    public void Begin(TimeSpan limit)
    {
        if (!began)
        {
            began = true;
            Limit.CancelAfter(limit);
        }
    }

    /// <summary>Adds what makes the request conditional or partial, and says which codings are understood.</summary>
    public void Configure(HttpRequestMessage request, HarvestItem item, long begun)
    {
        // A file is compressed already, and the rest of a coded body cannot be asked for.
        request.Headers.TryAddWithoutValidation("Accept-Encoding", item.Type is null && begun == 0 ? "gzip, br, deflate" : "identity");
        if (begun > 0)
        {
            request.Headers.Range = new RangeHeaderValue(begun, null);
            request.Headers.TryAddWithoutValidation("If-Range", Validator);
        }
        else if (Known?.File is { } file)
        {
            if (file.Tag is { } tag)
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", tag);
            }

            if (file.LastModified is { } date)
            {
                request.Headers.TryAddWithoutValidation("If-Modified-Since", date);
            }
        }
    }
}
