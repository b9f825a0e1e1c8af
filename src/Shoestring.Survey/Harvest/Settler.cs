namespace Shoestring.Survey;

/// <summary>Settles the addresses one after the other: gives files their places, finds what is the same, writes the manifest's lines.</summary>
sealed class Settler
{
    readonly HarvestOptions options;
    readonly HarvestScope scope;
    readonly LinkSorter sorter;
    readonly ByteBudget budget;
    readonly HarvestFolder? folder;
    readonly Journal? journal;
    readonly NamePlan names;

    // Of this harvest: the first file of each hash, and the hash of what lies at each place.
    readonly Dictionary<string, (string Url, string Path)> first = [];
    readonly Dictionary<string, string> hashes = [];

    // Of earlier ones: a place for each hash.
    readonly Dictionary<string, string> places = [];
    readonly List<HarvestEntry> entries = [];
    readonly HashSet<string> warnings = [];

    public Settler(
        HarvestOptions options, HarvestScope scope, LinkSorter sorter, ByteBudget budget, HarvestFolder? folder, Journal? journal,
        IReadOnlyDictionary<string, JournalRecord> known)
    {
        (this.options, this.scope, this.sorter, this.budget, this.folder, this.journal) = (options, scope, sorter, budget, folder, journal);
        names = new NamePlan(folder?.Root ?? Path.GetFullPath(options.Folder));
        FilesReason = $"there are more than the {options.MaxFiles} files of --max-files";
        foreach ((string identity, JournalRecord record) in known)
        {
            if (record.OwnPath is { } own && File.Exists(names.Full(own)))
            {
                names.Own(own, identity);
            }

            // What still lies among the parts was not moved to its place when the harvest was interrupted.
            if (record is { Path: { } path, File: { } file } && File.Exists(names.Full(path)) && !File.Exists(folder!.Part(identity)))
            {
                hashes[FileNames.Folded(path)] = file.Sha256;
                places[file.Sha256] = path;
            }
        }
    }

    public IReadOnlyList<HarvestEntry> Entries => entries;

    public IEnumerable<string> Warnings => warnings;

    /// <summary>Addresses whose body was interrupted and may be gone on with.</summary>
    public List<string> Interrupted { get; } = [];

    public int Kept { get; private set; }

    public int Pages { get; private set; }

    public int Fetched { get; private set; }

    public int Unchanged { get; private set; }

    /// <summary>Why a file beyond their number is left out.</summary>
    public string FilesReason { get; }

    /// <summary>Whether the file that the journal knows lies at its place.</summary>
    public bool IsHere(JournalRecord record) => record is { File: { } file, Path: { } path }
        && hashes.GetValueOrDefault(FileNames.Folded(path)) == file.Sha256
        && new FileInfo(names.Full(path)) is { Exists: true } there && there.Length == file.Bytes;

    /// <summary>What the harvest that is taken up has found out already, so that nobody is asked again; or null.</summary>
    public FetchOutcome? Remembered(HarvestItem item, JournalRecord record) => record.Fresh switch
    {
        JournalState.Fetched or JournalState.Kept when File.Exists(folder!.Part(item.Identity)) && new FileInfo(folder.Part(item.Identity)).Length == record.File!.Bytes
            => new FetchOutcome.Got(record.File),
        JournalState.Kept or JournalState.Unchanged when IsHere(record) => new FetchOutcome.Unchanged(record.File!, record.Path!),
        JournalState.Failed => new FetchOutcome.Fault(record.Reason!, record.Status, record.IsPolicy),
        JournalState.Nothing => new FetchOutcome.Nothing(),
        _ => null,
    };

    /// <summary>Whether a file that is still the server's must come again all the same, since something else has taken its place.</summary>
    public bool NeedsAgain(HarvestItem item, FetchOutcome outcome) =>
        outcome is FetchOutcome.Unchanged unchanged && hashes.GetValueOrDefault(FileNames.Folded(unchanged.Path)) != unchanged.File.Sha256;

    /// <summary>Settles an address, and returns what is to be asked for next because of it.</summary>
    public IEnumerable<HarvestItem> Settle(HarvestItem item, FetchOutcome outcome)
    {
        switch (outcome)
        {
            case FetchOutcome.Got got:
                Fetched++;
                Keep(item, got.File, folder!.Part(item.Identity));
                break;
            case FetchOutcome.Unchanged same:
                Unchanged++;
                Keep(item, same.File, null);
                break;
            case FetchOutcome.Planned planned:
                Plan(item, planned);
                break;
            case FetchOutcome.Fault fault:
                Fail(item, fault);
                break;
            case FetchOutcome.Nothing when item.IsGiven:
                Fail(item, new FetchOutcome.Fault("it is neither a page nor a file of a wanted type", null));
                break;
            case FetchOutcome.Page page:
                return Read(item, page);
        }

        return [];
    }

    List<HarvestItem> Read(HarvestItem item, FetchOutcome.Page page)
    {
        Pages++;
        if (item.IsGiven)
        {
            scope.AddHost(page.Address);
        }

        if (page.Links.IsTruncated)
        {
            warnings.Add($"{page.Address} has more than the {options.MaxLinksPerPage} links or {options.MaxPageBytes} bytes that are taken of a page");
        }

        return [.. sorter.Sort(item, page)];
    }

    void Keep(HarvestItem item, FetchedFile file, string? part)
    {
        HarvestEntry entry = Entry(item, HarvestStatus.Kept, file.FinalAddress) with
        {
            HttpStatus = file.Status,
            Type = file.Type.Name,
            ContentType = file.ContentType.Length > 0 ? file.ContentType : null,
            Bytes = file.Bytes,
            Sha256 = file.Sha256,
            Warnings = file.Warnings,
        };
        if (first.TryGetValue(file.Sha256, out (string Url, string Path) same))
        {
            budget.Release(item);
            Remove(part);
            journal?.Duplicate(item.Identity, same.Path);
            entries.Add(entry with { Status = HarvestStatus.Duplicate, Path = same.Path, SameAs = same.Url });
            return;
        }

        string? limit = Kept >= options.MaxFiles ? FilesReason : budget.TryKeep(item, file.Bytes) ? null : budget.Reason;
        if (limit is not null)
        {
            budget.Release(item);
            Remove(part);
            Fail(item, new FetchOutcome.Fault(limit, null, IsPolicy: true));
            return;
        }

        string path = Place(item, file, part);
        first[file.Sha256] = (entry.Url, path);
        Kept++;
        entries.Add(entry with { Path = path });
    }

    string Place(HarvestItem item, FetchedFile file, string? part)
    {
        bool there = places.TryGetValue(file.Sha256, out string? path) && hashes[FileNames.Folded(path)] == file.Sha256;
        if (!there)
        {
            path = names.Assign(file, full => new FileInfo(full).Length == file.Bytes && HashOf(full) == file.Sha256);
        }

        if (part is not null)
        {
            journal?.Kept(item.Identity, path!);
            Move(part, path!, there);
        }

        hashes[FileNames.Folded(path!)] = file.Sha256;
        return path!;
    }

    void Move(string part, string path, bool there)
    {
        if (there)
        {
            Remove(part);
        }
        else
        {
            folder!.Place(part, names.Full(path));
        }
    }

    void Plan(HarvestItem item, FetchOutcome.Planned planned)
    {
        var file = new FetchedFile(item.Identity, item.Address, planned.FinalAddress, planned.Type, planned.Name, 0, "", "", 0, null, null, []);
        if (Kept >= options.MaxFiles)
        {
            Fail(item, new FetchOutcome.Fault(FilesReason, null, IsPolicy: true));
            return;
        }

        Kept++;
        entries.Add(Entry(item, HarvestStatus.Planned, planned.FinalAddress) with { Type = planned.Type.Name, Path = names.Assign(file, _ => false) });
    }

    void Fail(HarvestItem item, FetchOutcome.Fault fault)
    {
        if (folder is not null && File.Exists(folder.Part(item.Identity)))
        {
            // What came stays on the disk, and so it stays in the budget.
            Interrupted.Add(item.Identity);
        }
        else
        {
            budget.Release(item);
        }

        // A link of which nobody said that a file is behind it owes none.
        if (item.Type is not null || item.IsGiven || item.IsHinted || (item.Follow && !fault.IsPolicy))
        {
            entries.Add(Entry(item, fault.IsPolicy ? HarvestStatus.Skipped : HarvestStatus.Failed, item.Address) with
            {
                Reason = fault.Reason,
                HttpStatus = fault.Status,
                Type = item.Type?.Name,
            });
        }
    }

    static HarvestEntry Entry(HarvestItem item, HarvestStatus status, Uri final) => new(item.Address.AbsoluteUri, status)
    {
        FinalUrl = final.AbsoluteUri == item.Address.AbsoluteUri ? null : final.AbsoluteUri,
        Page = item.Page?.AbsoluteUri,
        Text = item.Text,
    };

    static void Remove(string? part)
    {
        if (part is not null)
        {
            File.Delete(part);
        }
    }

    static string HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file));
    }
}
