namespace Shoestring.Survey;

/// <summary>One address of the harvest, in the order in which pages name them.</summary>
sealed class HarvestItem
{
    /// <summary>Its place in the order.</summary>
    public required int Order { get; init; }

    /// <summary>The address, without fragment and tracking.</summary>
    public required Uri Address { get; init; }

    /// <summary>What all its spellings share.</summary>
    public required string Identity { get; init; }

    /// <summary>The page that names it, or null for one that was given.</summary>
    public Uri? Page { get; init; }

    /// <summary>The words of its link.</summary>
    public string Text { get; init; } = "";

    /// <summary>The type that its address tells, or null where it must be asked for.</summary>
    public FileType? Type { get; init; }

    /// <summary>Whether its links are wanted when it is a page.</summary>
    public bool Follow { get; init; }

    /// <summary>Links away from what was given.</summary>
    public int Depth { get; init; }

    /// <summary>Times that a page sent its reader on by itself to come here.</summary>
    public int Refreshes { get; init; }

    /// <summary>Whether the link's words or address name a wanted type.</summary>
    public bool IsHinted { get; init; }

    /// <summary>Whether it was given, so that nothing at it is a fault.</summary>
    public bool IsGiven { get; init; }

    /// <summary>Bytes of the budget that it holds.</summary>
    public long Taken { get; set; }
}

/// <summary>A file that is on the disk, whole and checked.</summary>
/// <param name="Identity">What all spellings of its address share.</param>
/// <param name="Address">The address that was asked.</param>
/// <param name="FinalAddress">Where it came from.</param>
/// <param name="Type">Its type.</param>
/// <param name="Name">The name that address or server give it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash in hexadecimal.</param>
/// <param name="ContentType">The server's word on its type.</param>
/// <param name="Status">The server's status code.</param>
/// <param name="Tag">Its entity tag, or null.</param>
/// <param name="LastModified">The server's word on its age, or null.</param>
/// <param name="Warnings">What is odd about it.</param>
sealed record FetchedFile(
    string Identity, Uri Address, Uri FinalAddress, FileType Type, string Name, long Bytes, string Sha256, string ContentType, int Status,
    string? Tag, string? LastModified, IReadOnlyList<string> Warnings);

/// <summary>What asking for an address came to.</summary>
abstract record FetchOutcome
{
    /// <summary>A file, on the disk under its part's name.</summary>
    public sealed record Got(FetchedFile File) : FetchOutcome;

    /// <summary>The file that an earlier harvest kept is still the server's.</summary>
    public sealed record Unchanged(FetchedFile File, string Path) : FetchOutcome;

    /// <summary>A page.</summary>
    public sealed record Page(Uri Address, PageLinks Links) : FetchOutcome;

    /// <summary>Neither a wanted file nor a page whose links are wanted.</summary>
    public sealed record Nothing : FetchOutcome;

    /// <summary>A file that a dry run leaves where it is.</summary>
    public sealed record Planned(Uri FinalAddress, FileType Type, string Name) : FetchOutcome;

    /// <summary>No file, for a reason.</summary>
    /// <param name="Reason">The reason.</param>
    /// <param name="Status">The server's status code, or null.</param>
    /// <param name="IsPolicy">Whether it was never asked for, by a rule or a limit.</param>
    public sealed record Fault(string Reason, int? Status, bool IsPolicy = false) : FetchOutcome;
}
