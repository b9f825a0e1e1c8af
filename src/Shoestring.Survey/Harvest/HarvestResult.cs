namespace Shoestring.Survey;

/// <summary>How far a harvest has come.</summary>
/// <param name="Settled">Addresses that are settled.</param>
/// <param name="Known">Addresses that are known so far.</param>
/// <param name="Kept">Files in the output folder.</param>
/// <param name="Latest">The address that was settled last.</param>
public readonly record struct HarvestProgress(int Settled, int Known, int Kept, Uri Latest);

/// <summary>What a harvest came to.</summary>
/// <param name="Entries">The manifest's lines, in the order in which pages name the files.</param>
public sealed record HarvestResult(IReadOnlyList<HarvestEntry> Entries)
{
    /// <summary>The full path of the manifest, or null for a dry run.</summary>
    public string? ManifestFile { get; init; }

    /// <summary>Pages, sitemaps and feeds that were read.</summary>
    public int Pages { get; init; }

    /// <summary>Files that came over the network in this run.</summary>
    public int Fetched { get; init; }

    /// <summary>Files that were here already and are still the server's.</summary>
    public int Unchanged { get; init; }

    /// <summary>Links to mail, scripts and other things that are not of the web.</summary>
    public int OtherSchemes { get; init; }

    /// <summary>Whether an interrupted harvest was taken up.</summary>
    public bool IsResumed { get; init; }

    /// <summary>What the user should know of beside the entries: limits that were reached.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>How many entries have a status.</summary>
    public int Count(HarvestStatus status) => Entries.Count(entry => entry.Status == status);

    /// <summary>Bytes of the files that are kept.</summary>
    public long KeptBytes => Entries.Where(entry => entry.Status == HarvestStatus.Kept).Sum(entry => entry.Bytes ?? 0);

    /// <summary>Whether every wanted file that was found is here, and there was one.</summary>
    public bool IsWhole => Warnings.Count == 0 && Entries.Count > 0
        && Entries.All(entry => entry.Status is HarvestStatus.Kept or HarvestStatus.Duplicate or HarvestStatus.Planned);
}
