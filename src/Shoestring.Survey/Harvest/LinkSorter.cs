namespace Shoestring.Survey;

/// <summary>Makes of a page's links the addresses that the harvest goes on with: each once, in their order.</summary>
sealed class LinkSorter(HarvestOptions options, HarvestScope scope)
{
    // A hostile site could name addresses without end; what is left out is said.
    const int MaxItems = 200_000;

    // What pages are made by; anything else with an extension is a file of its own kind, and not a wanted one.
    static readonly HashSet<string> pageExtensions =
        ["", "html", "htm", "xhtml", "shtml", "php", "asp", "aspx", "jsp", "cgi", "do", "cfm", "pl", "ashx", "xml"];

    static readonly HashSet<string> plainPages = ["html", "htm", "xhtml", "shtml"];

    readonly HashSet<string> seen = [];
    int count;

    /// <summary>Links that lead to no address of the web: mail, scripts, data, files of the reader's machine.</summary>
    public int OtherSchemes { get; private set; }

    /// <summary>Links that are no address at all.</summary>
    public int Malformed { get; private set; }

    /// <summary>Whether there were more addresses than are kept.</summary>
    public bool IsFull { get; private set; }

    /// <summary>The given addresses.</summary>
    public IEnumerable<HarvestItem> Given() => options.Addresses.Select(PaperLinks.WithoutTracking).Where(address => TrySee(WebAddress.Identity(address)))
        .Select(address => new HarvestItem
        {
            Order = count++,
            Address = address,
            Identity = WebAddress.Identity(address),
            Type = TypeOf(address),
            Follow = true,
            IsGiven = true,
        });

    /// <summary>A site's sitemap; what it lists counts as given.</summary>
    public HarvestItem? Sitemap(Uri address, HarvestItem given) =>
        Queue(given, new Uri(WebAddress.Site(given.Address) + "/robots.txt"), address, new PageLink(address.AbsoluteUri, ""), null, follow: true, given.Depth - 1, hinted: false);

    /// <summary>What to go on with from a page.</summary>
    /// <param name="item">The page.</param>
    /// <param name="page">Where it came from and what it links.</param>
    public IEnumerable<HarvestItem> Sort(HarvestItem item, FetchOutcome.Page page)
    {
        TrySee(WebAddress.Identity(page.Address));
        Uri start = page.Links.Base is { } written && WebAddress.Resolve(page.Address, written, out _) is { } given ? given : page.Address;
        foreach (PageLink link in page.Links.Links)
        {
            if (WebAddress.Resolve(start, link.Address, out LinkFault fault) is not { } address)
            {
                OtherSchemes += fault == LinkFault.Scheme ? 1 : 0;
                Malformed += fault is LinkFault.Malformed or LinkFault.TooLong ? 1 : 0;
            }
            else if (Sort(item, page.Address, link, address) is { } next)
            {
                yield return next;
            }
        }
    }

    HarvestItem? Sort(HarvestItem item, Uri page, PageLink link, Uri address)
    {
        if (options.Papers && PaperLinks.Pdf(address.AbsoluteUri) is { } pdf && scope.Typed("pdf") is not null)
        {
            address = new Uri(pdf);
        }

        string extension = WebAddress.Extension(address);
        FileType? type = TypeOf(address);
        type ??= scope.Types.FirstOrDefault(known => link.MediaType is { } media && known.MediaTypes.Contains(media));
        if (type is not null)
        {
            bool taken = scope.Wants(address) && (scope.IsHome(address) || options.CrossHost != CrossHost.None);
            return taken ? Queue(item, page, address, link, type, follow: false, item.Depth, hinted: true) : null;
        }

        return pageExtensions.Contains(extension) || link.Role is LinkRole.Sitemap or LinkRole.Feed || IsUntold(extension)
            ? Untold(item, page, link, address, plainPages.Contains(extension)) : null;
    }

    FileType? TypeOf(Uri address) => scope.Typed(WebAddress.Extension(address)) ?? (PaperLinks.IsPdf(address.AbsoluteUri) ? scope.Typed("pdf") : null);

    // A link whose address does not say what is there: a page to read, or a file whose type must be asked for.
    HarvestItem? Untold(HarvestItem item, Uri page, PageLink link, Uri address, bool plain)
    {
        bool home = scope.IsHome(address);
        bool inReach = (home || options.CrossHost == CrossHost.All) && !scope.IsExcluded(address);
        bool along = link.Role switch
        {
            LinkRole.Next or LinkRole.Sitemap => inReach,
            LinkRole.Feed => inReach && options.Feeds,
            LinkRole.Refresh => inReach && item.Refreshes < options.MaxRedirects,
            _ => false,
        };
        bool deeper = link.Role == LinkRole.Content && inReach && item.Depth < options.Depth;
        bool hinted = IsHinted(link, address);
        bool elsewhere = home || (hinted && options.CrossHost != CrossHost.None);
        bool asked = options.Probes && link.Role == LinkRole.Content && !plain && elsewhere && !scope.IsExcluded(address)
            && !address.AbsolutePath.EndsWith('/') && address.AbsolutePath != page.AbsolutePath;
        return along || deeper || asked
            ? Queue(item, page, address, link, null, along || deeper, item.Depth + (along ? 0 : 1), hinted)
            : null;
    }

    HarvestItem? Queue(HarvestItem from, Uri page, Uri address, PageLink link, FileType? type, bool follow, int depth, bool hinted)
    {
        string identity = WebAddress.Identity(address);
        if (!TrySee(identity))
        {
            return null;
        }

        return new HarvestItem
        {
            Order = count++,
            Address = address,
            Identity = identity,
            Page = page,
            Text = link.Text,
            Type = type,
            Follow = follow,
            Depth = depth,
            IsHinted = hinted,
            Refreshes = from.Refreshes + (link.Role == LinkRole.Refresh ? 1 : 0),
        };
    }

    bool TrySee(string identity)
    {
        if (seen.Contains(identity))
        {
            return false;
        }

        IsFull |= count >= MaxItems;
        return !IsFull && seen.Add(identity);
    }

    bool IsHinted(PageLink link, Uri address) =>
        scope.Types.Any(type => Names(link.Text, type.Name) || Names(Uri.UnescapeDataString(address.PathAndQuery), type.Name));

    // The type's name as a word of its own: "PDF", "lecture-5.pdf", "[pptx]", but not "pdfjs".
    static bool Names(string text, string name)
    {
        for (int at = 0; (at = text.IndexOf(name, at, StringComparison.OrdinalIgnoreCase)) >= 0; at += name.Length)
        {
            bool before = at > 0 && char.IsLetterOrDigit(text[at - 1]);
            bool after = at + name.Length < text.Length && char.IsLetterOrDigit(text[at + name.Length]);
            if (!before && !after)
            {
                return true;
            }
        }

        return false;
    }

    // "/lectures/5.2" or "/pdf/2306.00978": what stands after the last dot is a number, not a type.
    static bool IsUntold(string extension) => extension.Length > 0 && extension.All(letter => char.IsAsciiDigit(letter) || letter == 'v');
}
