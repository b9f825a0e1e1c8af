using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// Gathers the documents that pages link to. Addresses are asked for many at a time and settled one after the other in the order in
/// which pages name them, so that names, duplicates and the manifest do not depend on which came first over the network.
/// </summary>
public sealed class Harvester
{
    // So many addresses are under way beyond the one that is to be settled next; how many are asked at once is up to their hosts.
    const int Window = 256;

    readonly HarvestOptions options;
    readonly IProgress<HarvestProgress>? progress;
    readonly List<HarvestItem> items = [];
    readonly Queue<(HarvestItem Item, Task<FetchOutcome> Outcome)> running = [];
    readonly HarvestFolder? folder;
    readonly Journal? journal;
    readonly IReadOnlyDictionary<string, JournalRecord> known;
    readonly bool resumed;
    readonly ByteBudget budget;
    int launched, pages, wanted;
    bool pagesFull;

    Harvester(HarvestOptions options, IProgress<HarvestProgress>? progress)
    {
        this.options = options;
        this.progress = progress;
        budget = new ByteBudget(options.MaxBytes);
        known = new Dictionary<string, JournalRecord>();
        if (options.DryRun)
        {
            return;
        }

        folder = HarvestFolder.Create(options.Folder);
        (journal, JournalReader past) = Journal.Open(folder.JournalFile, options.Clock);
        string wish = HarvestWish.Of(options);
        resumed = past.Interrupted == wish;
        if (!resumed)
        {
            past.BeginAnew();
        }

        known = past.Records;
        journal.Begin(wish);
    }

    /// <summary>Harvests.</summary>
    /// <param name="options">What, how far, and how.</param>
    /// <param name="progress">Is told of every address that is settled; null tells nobody.</param>
    /// <param name="cancellation">Stops it; what came is kept, and the next harvest of the same goes on from there.</param>
    /// <exception cref="InputException">An address or an option is wrong, or the folder cannot be written.</exception>
    public static async Task<HarvestResult> RunAsync(HarvestOptions options, IProgress<HarvestProgress>? progress = null, CancellationToken cancellation = default)
    {
        HarvestChecks.Check(options);
        var harvester = new Harvester(options, progress);
        try
        {
            return await harvester.HarvestAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            harvester.journal?.Dispose();
        }
    }

    async Task<HarvestResult> HarvestAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var client = new HarvestClient(options);
        var robots = new RobotsCache(client, options, stop.Token);
        var scope = new HarvestScope(options, robots);
        var sorter = new LinkSorter(options, scope);
        var settler = new Settler(options, scope, sorter, budget, folder, journal, known);
        using var fetcher = new Fetcher(client, scope, options, budget, folder, journal);
        try
        {
            items.AddRange(sorter.Given());
            items.AddRange(await SitemapsAsync(robots, sorter).ConfigureAwait(false));
            await SettleAllAsync(fetcher, settler, stop.Token).ConfigureAwait(false);
        }
        finally
        {
            // Whatever is still under way ends before its journal does.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running.Select(one => (Task)one.Outcome)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Finish(settler, sorter);
    }

    async Task SettleAllAsync(Fetcher fetcher, Settler settler, CancellationToken cancellation)
    {
        for (int settled = 0; settled < items.Count; settled++)
        {
            budget.MoveTo(settled);
            Launch(fetcher, settler, cancellation);
            (HarvestItem item, Task<FetchOutcome> pending) = running.Peek();
            FetchOutcome outcome = await pending.ConfigureAwait(false);
            running.Dequeue();
            cancellation.ThrowIfCancellationRequested();
            if (settler.NeedsAgain(item, outcome))
            {
                outcome = await fetcher.FetchAsync(item, null, conditional: false, cancellation).ConfigureAwait(false);
            }

            wanted -= item.Type is null ? 0 : 1;
            items.AddRange(settler.Settle(item, outcome));
            progress?.Report(new HarvestProgress(settled + 1, items.Count, settler.Kept, item.Address));
        }
    }

    void Launch(Fetcher fetcher, Settler settler, CancellationToken cancellation)
    {
        while (launched < items.Count && running.Count < Window)
        {
            HarvestItem item = items[launched];

            // No more files are under way than may still be kept, so that a limit on their number is one on the network too.
            bool crowded = item.Type is not null && settler.Kept < options.MaxFiles && settler.Kept + wanted >= options.MaxFiles;
            if (crowded && running.Count > 0)
            {
                return;
            }

            launched++;
            wanted += item.Type is null ? 0 : 1;
            running.Enqueue((item, Start(fetcher, settler, item, cancellation)));
        }
    }

    Task<FetchOutcome> Start(Fetcher fetcher, Settler settler, HarvestItem item, CancellationToken cancellation)
    {
        JournalRecord? record = known.GetValueOrDefault(item.Identity);
        if (record is not null && settler.Remembered(item, record) is { } outcome)
        {
            return Task.FromResult(outcome);
        }

        if (item.Type is not null && settler.Kept >= options.MaxFiles)
        {
            return Task.FromResult<FetchOutcome>(new FetchOutcome.Fault(settler.FilesReason, null, IsPolicy: true));
        }

        if (item.Type is null && ++pages > options.MaxPages)
        {
            pagesFull = true;
            return Task.FromResult<FetchOutcome>(new FetchOutcome.Nothing());
        }

        if (options.DryRun && item.Type is { } type)
        {
            return Task.FromResult<FetchOutcome>(new FetchOutcome.Planned(item.Address, type, WebAddress.LastSegment(item.Address)));
        }

        return fetcher.FetchAsync(item, record, record is not null && settler.IsHere(record), cancellation);
    }

    async Task<List<HarvestItem>> SitemapsAsync(RobotsCache robots, LinkSorter sorter)
    {
        var maps = new List<HarvestItem>();
        foreach (HarvestItem given in options.Sitemaps ? items.DistinctBy(item => WebAddress.Site(item.Address)).ToArray() : [])
        {
            RobotsFile file = await robots.OfAsync(given.Address).ConfigureAwait(false);
            string[] written = file.Sitemaps.Count > 0 ? [.. file.Sitemaps] : ["/sitemap.xml"];
            maps.AddRange(written.Select(text => WebAddress.Resolve(given.Address, text, out _)).OfType<Uri>()
                .Select(address => sorter.Sitemap(address, given)).OfType<HarvestItem>());
        }

        return maps;
    }

    HarvestResult Finish(Settler settler, LinkSorter sorter)
    {
        string? manifest = folder is null ? null : Manifest.Save(folder.Root, settler.Entries);
        journal?.End();
        folder?.RemoveParts(settler.Interrupted);
        return new HarvestResult(settler.Entries)
        {
            ManifestFile = manifest,
            Pages = settler.Pages,
            Fetched = settler.Fetched,
            Unchanged = settler.Unchanged,
            OtherSchemes = sorter.OtherSchemes,
            IsResumed = resumed,
            Warnings =
            [
                .. settler.Warnings,
                .. pagesFull ? [$"more than the {options.MaxPages} pages and untold links of --max-pages: the rest was not looked at"] : (string[])[],
                .. sorter.IsFull ? ["more addresses than are kept in mind: the rest was not looked at"] : (string[])[],
            ],
        };
    }
}
