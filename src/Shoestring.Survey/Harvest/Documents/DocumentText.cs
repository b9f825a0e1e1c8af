namespace Shoestring.Survey;

/// <summary>What a document says.</summary>
/// <param name="Title">From its metadata; null where it has none.</param>
/// <param name="Author">From its metadata; null where it has none.</param>
/// <param name="Pages">The text of each page or slide.</param>
public sealed record DocumentText(string? Title, string? Author, IReadOnlyList<string> Pages)
{
    /// <summary>Whether more of it was left out, by a limit.</summary>
    public bool IsTruncated { get; init; }
}

/// <summary>How much of one document is read.</summary>
public sealed record DocumentLimits
{
    /// <summary>The largest file that is opened.</summary>
    public long Bytes { get; init; } = 200_000_000;

    /// <summary>The most pages or slides.</summary>
    public int Pages { get; init; } = 5_000;

    /// <summary>The most characters of text.</summary>
    public int Characters { get; init; } = 20_000_000;

    /// <summary>The most characters of one part of an archive after decompression.</summary>
    public long PartCharacters { get; init; } = 50_000_000;
}

/// <summary>A document cannot be read; the message says why.</summary>
public sealed class DocumentFault(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Collects a document's text up to its limits.</summary>
sealed class DocumentPages(DocumentLimits limits, CancellationToken cancellation)
{
    readonly List<string> pages = [];
    int characters;

    /// <summary>Whether there is room for no more.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Adds a page, as much of it as fits.</summary>
    public void Add(string text)
    {
        cancellation.ThrowIfCancellationRequested();
        IsFull |= pages.Count >= limits.Pages || characters >= limits.Characters;
        if (IsFull)
        {
            return;
        }

        string cut = text.Length <= limits.Characters - characters ? text : text[..(limits.Characters - characters)];
        IsFull = cut.Length < text.Length;
        characters += cut.Length;
        pages.Add(cut);
    }

    /// <summary>The document.</summary>
    public DocumentText With(string? title, string? author) => new(Known(title), Known(author), pages) { IsTruncated = IsFull };

    static string? Known(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
