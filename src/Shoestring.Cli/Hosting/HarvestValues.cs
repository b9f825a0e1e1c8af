using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>The options of a harvest.</summary>
sealed class HarvestValues
{
    static readonly HarvestOptions usual = new() { Addresses = [], Folder = "." };

    readonly Option<string?> output = Values.Text("--output", "Folder to keep the files in, each type in a folder of its own (default: here)", "DIR", "-o");
    readonly Option<string?> types = Values.Text("--types", "Types to gather, by extension, separated by commas (default pdf,pptx)", "LIST");
    readonly Option<int?> depth = Values.Integer("--depth", "Also read pages so many links away (default 0)", 0, 100);
    readonly Option<string[]> include = Values.Texts("--include", "Take only files whose address matches, with * and ?", "PATTERN");
    readonly Option<string[]> exclude = Values.Texts("--exclude", "Leave out addresses that match, with * and ?", "PATTERN");
    readonly Option<bool> sitemap = Values.Flag("--sitemap", "Read the site's sitemaps too");
    readonly Option<bool> feed = Values.Flag("--feed", "Read the feeds that pages announce too");
    readonly Option<bool> papers = Values.Flag("--papers", "Take the PDF where a paper's page on arXiv, OpenReview or the ACL Anthology is linked");
    readonly Option<bool> noProbe = Values.Flag("--no-probe", "Do not ask what is behind links whose address does not say it");
    readonly Option<string?> crossHost = Values.Text("--cross-host", "Take from other hosts: none, files (default) or all", "WHAT");
    readonly Option<int?> maxFiles = Values.Integer("--max-files", $"Most files (default {usual.MaxFiles})", 1);
    readonly Option<int?> maxPages = Values.Integer("--max-pages", $"Most pages and untold links to ask for (default {usual.MaxPages})", 1);
    readonly Option<string?> maxBytes = Values.Text("--max-bytes", "Most bytes of all files (default 100GB)", "BYTES");
    readonly Option<string?> maxFileBytes = Values.Text("--max-file-bytes", "Most bytes of one file (default 4GB)", "BYTES");
    readonly Option<string?> rate = Values.Text("--rate", $"Requests a second to one host, or unlimited (default {usual.Rate})", "N");
    readonly Option<int?> perHost = Values.Integer("--per-host", $"Requests at a time to one host (default {usual.PerHost})", 1, 64);
    readonly Option<int?> retries = Values.Integer("--retries", $"Further tries after a fault that may pass (default {usual.Retries})", 0, 100);
    readonly Option<bool> allowPrivate = Values.Flag("--allow-private", "Ask loopback, private and link-local addresses too");
    readonly Option<bool> noRobots = Values.Flag("--no-robots", "Do not heed robots.txt: for sites that are your own");
    readonly Option<string?> userAgent = Values.Text("--user-agent", "Who asks, as product/version; robots.txt is read for the product", "TEXT");
    readonly Option<string[]> header = Values.Texts("--header", "Header for the given sites, as 'Authorization: Bearer …'", "LINE");
    readonly Option<string?> cookie = Values.Text("--cookie", "Cookies for the given sites, as name=value; name=value", "TEXT");
    readonly Option<bool> dryRun = Values.Flag("--dry-run", "Read pages, list what would be kept, and write nothing");

    /// <summary>All of them, in the order in which help lists them.</summary>
    public IEnumerable<Option> All =>
    [
        output, types, depth, include, exclude, sitemap, feed, papers, noProbe, crossHost, maxFiles, maxPages, maxBytes, maxFileBytes, rate, perHost, retries,
        allowPrivate, noRobots, userAgent, header, cookie, dryRun,
    ];

    /// <summary>The output folder.</summary>
    public string Folder(Session session) => session.Value(output) switch
    {
        null => ".",
        "" => throw new InputException("it is empty", "--output", "name a folder"),
        var path => path,
    };

    /// <summary>What was asked for.</summary>
    /// <param name="session">The command.</param>
    /// <param name="addresses">Addresses as they were given.</param>
    public HarvestOptions Of(Session session, IEnumerable<string> addresses) => usual with
    {
        Addresses = [.. addresses.Select(Address)],
        Folder = Folder(session),
        Types = session.Value(types) is { } list ? list.Split(',', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } named ? named : throw NoTypes() : usual.Types,
        Depth = session.Value(depth) ?? usual.Depth,
        Include = session.Value(include) ?? [],
        Exclude = session.Value(exclude) ?? [],
        Sitemaps = session.Value(sitemap),
        Feeds = session.Value(feed),
        Papers = session.Value(papers),
        Probes = !session.Value(noProbe),
        CrossHost = Policy(session.Value(crossHost)),
        MaxFiles = session.Value(maxFiles) ?? usual.MaxFiles,
        MaxPages = session.Value(maxPages) ?? usual.MaxPages,
        MaxBytes = session.Value(maxBytes) is { } all ? ByteAmounts.Parse(all, "--max-bytes") : usual.MaxBytes,
        MaxFileBytes = session.Value(maxFileBytes) is { } one ? ByteAmounts.Parse(one, "--max-file-bytes") : usual.MaxFileBytes,
        Rate = Rate(session.Value(rate)),
        PerHost = session.Value(perHost) ?? usual.PerHost,
        Parallel = Math.Max(usual.Parallel, session.Value(perHost) ?? 0),
        Retries = session.Value(retries) ?? usual.Retries,
        AllowPrivate = session.Value(allowPrivate),
        Robots = !session.Value(noRobots),
        UserAgent = session.Value(userAgent) ?? usual.UserAgent,
        Headers = [.. (session.Value(header) ?? []).Select(Header), .. session.Value(cookie) is { } cookies ? [new("Cookie", cookies)] : (KeyValuePair<string, string>[])[]],
        DryRun = session.Value(dryRun),
    };

    static InputException NoTypes() => new("no type is given", "--types", "give extensions separated by commas, as pdf,pptx");

    static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"
        ? address
        : throw new InputException("it is no address of the web", OneLine.Of(text), "give one that begins with http:// or https://");

    static CrossHost Policy(string? text) => text switch
    {
        null or "files" => CrossHost.Files,
        "none" => CrossHost.None,
        "all" => CrossHost.All,
        _ => throw new InputException($"'{text}' is not known", "--cross-host", "give none, files or all"),
    };

    static double? Rate(string? text) => text switch
    {
        null => usual.Rate,
        "unlimited" => null,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate is >= 0.001 and <= 1e6
            ? rate
            : throw new InputException($"'{text}' is no rate", "--rate", "give requests a second, as 2 or 0.5, or unlimited"),
    };

    static KeyValuePair<string, string> Header(string line)
    {
        int colon = line.IndexOf(':');
        return colon > 0
            ? new(line[..colon].Trim(), line[(colon + 1)..].Trim())
            : throw new InputException("it has no colon", "--header", "write it as Name: value");
    }
}
