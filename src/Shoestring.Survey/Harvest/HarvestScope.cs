using System.IO.Enumeration;

namespace Shoestring.Survey;

/// <summary>What the harvest wants and may do: types, hosts, patterns, robots.txt.</summary>
sealed class HarvestScope
{
    readonly HarvestOptions options;
    readonly RobotsCache robots;
    readonly HashSet<string> hosts;

    public HarvestScope(HarvestOptions options, RobotsCache robots)
    {
        this.options = options;
        this.robots = robots;
        hosts = [.. options.Addresses.Select(address => address.IdnHost)];
        Types = [.. options.Types.Select(FileType.Of).DistinctBy(type => type.Name)];
    }

    /// <summary>The wanted types.</summary>
    public IReadOnlyList<FileType> Types { get; }

    /// <summary>Takes a host for one of the given ones: a given address led there.</summary>
    public void AddHost(Uri address) => hosts.Add(address.IdnHost);

    /// <summary>Whether an address is on a given host.</summary>
    public bool IsHome(Uri address) => hosts.Contains(address.IdnHost);

    /// <summary>The wanted type of an extension, or null.</summary>
    public FileType? Typed(string extension) => Types.FirstOrDefault(type => type.Name == extension);

    /// <summary>Why an address may not be asked for, or null.</summary>
    public Task<string?> RefusalAsync(Uri address, CancellationToken cancellation) =>
        PaperLinks.IsDead(address.AbsoluteUri) ? Task.FromResult<string?>($"{address.IdnHost} answers no more")
        : options.CrossHost == CrossHost.None && !IsHome(address) ? Task.FromResult<string?>($"{address.IdnHost} is another host, which --cross-host none leaves out")
        : !options.AllowPrivate && AddressGuard.RefusedLiterally(address) is { } kind ? throw new AddressRefused(address.Host, kind)
        : robots.RefusalAsync(address).WaitAsync(cancellation);

    /// <summary>Whether a file's address fits the patterns.</summary>
    public bool Wants(params ReadOnlySpan<Uri> addresses)
    {
        foreach (Uri address in addresses)
        {
            if (IsExcluded(address))
            {
                return false;
            }
        }

        bool included = options.Include.Count == 0;
        foreach (Uri address in addresses)
        {
            included |= options.Include.Any(pattern => Matches(pattern, address));
        }

        return included;
    }

    /// <summary>Whether an address is left out by a pattern.</summary>
    public bool IsExcluded(Uri address) => options.Exclude.Any(pattern => Matches(pattern, address));

    /// <summary>The type of what an answer brings, or null when it is none that is wanted.</summary>
    /// <exception cref="HarvestFault">It says that it is one, and is not.</exception>
    public FileType? TypeOf(HarvestItem item, WebAnswer answer, ReadOnlySpan<byte> head)
    {
        FileType? told = item.Type ?? Told(answer);
        FileType? pdf = Typed("pdf");
        if (told is null)
        {
            return pdf is not null && head.StartsWith("%PDF-"u8) ? pdf : null;
        }

        return FileMarks.Fault(head, told) is not { } fault ? told
            : pdf is not null && FileMarks.Fault(head, pdf) is null ? pdf
            : item.Type is null && FileMarks.IsPage(head) ? null
            : throw new HarvestFault(fault, answer.Status);
    }

    /// <summary>Whether an answer may be a page, a sitemap or a feed.</summary>
    public bool MayBePage(WebAnswer answer, ReadOnlySpan<byte> head) => answer.MediaType switch
    {
        "text/html" or "application/xhtml+xml" or "text/xml" or "application/xml" or "application/rss+xml" or "application/atom+xml" or "" => true,
        "application/gzip" or "application/x-gzip" => PageBytes.IsGzip(head),
        _ => FileMarks.IsPage(head) || head.StartsWith("<?xml"u8),
    };

    FileType? Told(WebAnswer answer)
    {
        string extension = Path.GetExtension(DispositionName.Of(answer.Header("Content-Disposition")) ?? "").TrimStart('.').ToLowerInvariant();
        string media = answer.MediaType;
        return Typed(extension) ?? Types.FirstOrDefault(type => type.MediaTypes.Contains(media)) ?? (media == "text/html" ? null : Typed(WebAddress.Extension(answer.Address)));
    }

    // Addresses are matched whole, as they are written and as they are read.
    static bool Matches(string pattern, Uri address) =>
        FileSystemName.MatchesSimpleExpression(pattern, address.AbsoluteUri) || FileSystemName.MatchesSimpleExpression(pattern, Uri.UnescapeDataString(address.AbsoluteUri));
}
