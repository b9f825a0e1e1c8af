namespace Shoestring.Survey;

/// <summary>What became of a wanted file.</summary>
public enum HarvestStatus
{
    /// <summary>It is in the output folder.</summary>
    Kept,

    /// <summary>Its bytes are those of another file, which is in the output folder.</summary>
    Duplicate,

    /// <summary>It did not come, or was not what it should be.</summary>
    Failed,

    /// <summary>It was not asked for, by a rule or a limit.</summary>
    Skipped,

    /// <summary>It would be asked for; only in a dry run.</summary>
    Planned,
}

/// <summary>One line of the manifest.</summary>
/// <param name="Url">The address, without fragment and tracking parameters.</param>
/// <param name="Status">What became of it.</param>
public sealed record HarvestEntry(string Url, HarvestStatus Status)
{
    /// <summary>Where redirects led, when elsewhere.</summary>
    public string? FinalUrl { get; init; }

    /// <summary>The page that names it; null for an address that was given.</summary>
    public string? Page { get; init; }

    /// <summary>The words of its link; empty where there are none.</summary>
    public string Text { get; init; } = "";

    /// <summary>Why it did not come.</summary>
    public string? Reason { get; init; }

    /// <summary>The server's status code, where it answered.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>The type, by its extension.</summary>
    public string? Type { get; init; }

    /// <summary>The server's word on its type.</summary>
    public string? ContentType { get; init; }

    /// <summary>Its place below the output folder, with forward slashes.</summary>
    public string? Path { get; init; }

    /// <summary>Its length.</summary>
    public long? Bytes { get; init; }

    /// <summary>Its hash, in hexadecimal.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The address of the file whose bytes it has.</summary>
    public string? SameAs { get; init; }

    /// <summary>What is odd about it.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
