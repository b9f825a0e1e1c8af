using Microsoft.Playwright;
using Shoestring.Survey;

namespace Shoestring.Oracles;

/// <summary>A written site and a browser to look at it with. Chromium is Debian's, or the one that SHOESTRING_CHROMIUM names.</summary>
public abstract class SiteBrowser(Func<IReadOnlyList<Paper>> papers) : IAsyncLifetime
{
    readonly string parent = Directory.CreateTempSubdirectory("shoestring-site-").FullName;
    readonly List<string> complaints = [];
    IPlaywright? playwright;
    IBrowser? browser;

    /// <summary>Kinds of pages, one of each.</summary>
    protected static readonly string[] kinds =
    [
        "index.html", "matrix.html", "plots.html", "metrics.html", "benchmarks.html", "surveys.html", "challenges.html", "papers/index.html", "papers/page-2.html",
        "families/quantization.html", "families/approximated-attention.html", "techniques/index.html", "techniques/gptq.html", "techniques/lora.html", "techniques/lomo.html", "404.html",
    ];

    /// <summary>The site's folder.</summary>
    protected string Folder => Path.Combine(parent, "site");

    /// <summary>What pages said to the console, errors, and every address that is not of the site.</summary>
    protected IReadOnlyList<string> Complaints => complaints;

    public async ValueTask InitializeAsync()
    {
        StaticSite.Write(papers(), Folder, new SiteOptions { Root = new Uri(Folder + "/") });
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("SHOESTRING_CHROMIUM") is { Length: > 0 } named ? named : "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
        Directory.Delete(parent, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A window; what it says to the console and what it loads from elsewhere is a complaint, unless it is not <paramref name="heard"/>.</summary>
    protected async Task<IPage> Window(int width = 1440, ColorScheme scheme = ColorScheme.Light, bool script = true, Uri? root = null, bool heard = true)
    {
        IBrowserContext context = await browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            JavaScriptEnabled = script,
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
        });
        IPage page = await context.NewPageAsync();
        if (!heard)
        {
            return page;
        }

        string own = (root ?? new Uri(Folder + "/")).AbsoluteUri;
        page.Console += (_, message) => complaints.Add($"{page.Url}: {message.Text}");
        page.PageError += (_, error) => complaints.Add($"{page.Url}: {error}");
        page.Request += (_, request) => complaints.AddRange(request.Url.StartsWith(own, StringComparison.Ordinal) ? [] : [request.Url]);
        return page;
    }

    /// <summary>The address of a page of the site.</summary>
    protected string At(string path) => new Uri(Path.Combine(Folder, path)).AbsoluteUri;

    /// <summary>Elements that reach out of the window to the right and are not within what scrolls.</summary>
    protected static Task<int> Overflow(IPage page) => page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
