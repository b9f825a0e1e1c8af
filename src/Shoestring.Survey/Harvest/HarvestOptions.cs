using Shoestring.Metering;

namespace Shoestring.Survey;

/// <summary>Which hosts may be asked beside those of the addresses that were given.</summary>
public enum CrossHost
{
    /// <summary>None.</summary>
    None,

    /// <summary>Files come from any host, pages only from the given ones: slides often lie elsewhere, other people's sites are not asked for.</summary>
    Files,

    /// <summary>Files and pages come from any host.</summary>
    All,
}

/// <summary>What a harvest looks for, how far it goes, and how it behaves.</summary>
public sealed record HarvestOptions
{
    /// <summary>The pages, files, sitemaps or feeds to begin with.</summary>
    public required IReadOnlyList<Uri> Addresses { get; init; }

    /// <summary>The folder that everything is written into.</summary>
    public required string Folder { get; init; }

    /// <summary>Wanted types by their extension; the outline's notebook takes these two.</summary>
    public IReadOnlyList<string> Types { get; init; } = ["pdf", "pptx"];

    /// <summary>How many links away from the given pages further pages are read.</summary>
    public int Depth { get; init; }

    /// <summary>Patterns with <c>*</c> and <c>?</c> of which a file's address must match one; all do when there is none.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Patterns of which a file's or page's address must match none.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether the sites' sitemaps are read too.</summary>
    public bool Sitemaps { get; init; }

    /// <summary>Whether the feeds that pages announce are read too.</summary>
    public bool Feeds { get; init; }

    /// <summary>Whether links without a telling extension are asked for their type: on the pages' own hosts all, elsewhere those whose text or address names a type.</summary>
    public bool Probes { get; init; } = true;

    /// <summary>Whether a link to a paper's page on arXiv, OpenReview or the ACL Anthology is taken for one to its PDF.</summary>
    public bool Papers { get; init; }

    /// <summary>Which hosts may be asked.</summary>
    public CrossHost CrossHost { get; init; } = CrossHost.Files;

    /// <summary>The most files that are kept.</summary>
    public int MaxFiles { get; init; } = 10_000;

    /// <summary>The most pages and untold links that are asked for.</summary>
    public int MaxPages { get; init; } = 2_000;

    /// <summary>The most bytes of all files together.</summary>
    public long MaxBytes { get; init; } = 100_000_000_000;

    /// <summary>The most bytes of one file.</summary>
    public long MaxFileBytes { get; init; } = 4_000_000_000;

    /// <summary>The most bytes of one page, sitemap or feed that are read, after decompression.</summary>
    public long MaxPageBytes { get; init; } = 8_000_000;

    /// <summary>The most links that are taken from one page.</summary>
    public int MaxLinksPerPage { get; init; } = 20_000;

    /// <summary>Requests a second to one host, or null for as many as it answers.</summary>
    public double? Rate { get; init; } = 4;

    /// <summary>Requests to one host at a time.</summary>
    public int PerHost { get; init; } = 4;

    /// <summary>Requests at a time in all.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Whether private, loopback and link-local addresses may be asked.</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>Whether robots.txt is obeyed.</summary>
    public bool Robots { get; init; } = true;

    /// <summary>Who asks; the first word is what robots.txt knows the harvester by.</summary>
    public string UserAgent { get; init; } = "shoestring/0.1 (harvester of papers and slides)";

    /// <summary>Further headers, a cookie or an authorization among them; they are sent to the given addresses' own sites alone.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whether nothing is fetched but pages, and nothing is written.</summary>
    public bool DryRun { get; init; }

    /// <summary>Times a request or an interrupted body is tried again.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>The first wait before another try; it doubles each time.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest that a server's Retry-After or Crawl-delay is waited for.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest wait for an answer's head.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The time over which a body must reach <see cref="MinBytesPerSecond"/>.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The slowest that a body may come: below it, it is a drip that would hold on for ever.</summary>
    public double MinBytesPerSecond { get; init; } = 256;

    /// <summary>The longest that one file may take.</summary>
    public TimeSpan FileTimeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Redirects that are followed one after the other.</summary>
    public int MaxRedirects { get; init; } = 10;

    /// <summary>Counts the bytes on the wire.</summary>
    public NetworkMeter Network { get; init; } = NetworkMeter.Process;

    /// <summary>The clock of waits and of the journal.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Finds a host's addresses; tests put their own in its place.</summary>
    internal Func<string, CancellationToken, Task<System.Net.IPAddress[]>> FindAddresses { get; init; } = System.Net.Dns.GetHostAddressesAsync;

    /// <summary>Where a connection to a name really goes, for tests that serve named hosts from this machine; null connects as asked.</summary>
    internal Func<string, int, System.Net.IPEndPoint?> Divert { get; init; } = (_, _) => null;
}
