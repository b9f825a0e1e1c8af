namespace Shoestring.Survey;

/// <summary>What the journal knows of one address.</summary>
sealed class JournalRecord
{
    /// <summary>The file as it was fetched last, or null.</summary>
    public FetchedFile? File { get; set; }

    /// <summary>Where <see cref="File"/> lies below the output folder; null while it has no place.</summary>
    public string? Path { get; set; }

    /// <summary>The place that belongs to the address, whatever lies there; null where it never had one or shares another's.</summary>
    public string? OwnPath { get; set; }

    /// <summary>What the harvest that is being taken up has found out already; null where it has not come to this address.</summary>
    public JournalState? Fresh { get; set; }

    /// <summary>Why there was no file.</summary>
    public string? Reason { get; set; }

    /// <summary>The status code of the fault.</summary>
    public int? Status { get; set; }

    /// <summary>Whether a rule or a limit was the reason.</summary>
    public bool IsPolicy { get; set; }

    /// <summary>The entity tag or date of a body that was begun, by which its rest may be asked for; null where it may not.</summary>
    public string? PartValidator { get; set; }
}

/// <summary>How far an address has come in a harvest.</summary>
enum JournalState
{
    Fetched,
    Unchanged,
    Kept,
    Failed,
    Nothing,
}
