using Microsoft.Playwright;
using Shoestring.Experiments;
using Shoestring.Experiments.Tests;

namespace Shoestring.Oracles;

/// <summary>The report as a browser shows it. Chromium is Debian's, or the one that SHOESTRING_CHROMIUM names.</summary>
public sealed class ReportPageTests : IAsyncLifetime
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-report-").FullName;
    readonly List<string> complaints = [];
    IPlaywright? playwright;
    IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
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
        Directory.Delete(folder, recursive: true);
    }

    async Task<IPage> Open(int width, bool script = true, ColorScheme scheme = ColorScheme.Light, OptimizeResult? result = null)
    {
        string path = Path.Combine(folder, "report.html");
        HtmlReport.Write(result ?? SampleSearch.Run(), path);
        IBrowserContext context = await browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            JavaScriptEnabled = script,
            ColorScheme = scheme,
            Offline = true,
            ReducedMotion = ReducedMotion.Reduce,
        });
        IPage page = await context.NewPageAsync();
        page.Console += (_, message) => complaints.Add(message.Text);
        page.PageError += (_, error) => complaints.Add(error);
        page.Request += (_, request) => complaints.AddRange(request.Url.StartsWith("file:", StringComparison.Ordinal) ? [] : [request.Url]);
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        return page;
    }

    [Theory]
    [InlineData(1280, true)]
    [InlineData(768, true)]
    [InlineData(390, true)]
    [InlineData(320, true)]
    [InlineData(1280, false)]
    [InlineData(390, false)]
    public async Task Fits_its_window_and_complains_of_nothing(int width, bool script)
    {
        IPage page = await Open(width, script);
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(width);
        (await page.Locator("svg.plot:visible .point:visible").CountAsync()).ShouldBe(12);
        (await page.Locator(".controls").IsVisibleAsync()).ShouldBe(script);
        complaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task Other_axes_move_the_plot_and_its_labels_stay_apart(int width)
    {
        IPage page = await Open(width);
        ILocator plot = page.Locator("svg.plot:visible");
        string before = await plot.InnerHTMLAsync(), front = (await plot.Locator(".front").GetAttributeAsync("points"))!;
        await page.SelectOptionAsync("#axis-x", "decodeTokensPerSecond");
        await page.SelectOptionAsync("#axis-y", "topOneAgreement");
        (await plot.InnerHTMLAsync()).ShouldNotBe(before);
        (await plot.Locator(".front").GetAttributeAsync("points")).ShouldNotBe(front);
        (await plot.Locator(".title-x").TextContentAsync())!.ShouldStartWith("Decode rate");
        (await plot.Locator(".point").First.GetAttributeAsync("aria-label"))!.ShouldContain("Top-1 agreement 100.00 %");
        (await Overlaps(page)).ShouldBe(0);
        complaints.ShouldBeEmpty();
    }

    // What the script draws for the first axes is what the page came with, so the two ways of drawing agree.
    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task Going_back_to_the_first_axes_gives_the_first_plot(int width)
    {
        IPage page = await Open(width);
        ILocator plot = page.Locator("svg.plot:visible");
        (await Overlaps(page)).ShouldBe(0);
        string[] before = await Places(plot);
        await page.SelectOptionAsync("#axis-x", "perplexity");
        (await Places(plot)).ShouldNotBe(before);
        await page.SelectOptionAsync("#axis-x", "storedBytes");
        (await Places(plot)).ShouldBe(before);
    }

    static Task<string[]> Places(ILocator plot) => plot.EvaluateAsync<string[]>("""
        svg => [...svg.querySelectorAll('.point')].map(point => {
          const [x, y] = point.getAttribute('transform').match(/[-\d.]+/g).map(n => Math.round(n));
          const label = point.querySelector('.label');
          return `${x},${y} ${label.hasAttribute('display') ? 'none' : label.getAttribute('x') + ' ' + label.getAttribute('y')}`;
        }).concat([...svg.querySelectorAll('.ticks-x text, .ticks-y text')].map(tick => tick.textContent))
        """);

    // Letters really drawn (those of a candidate that lacks a figure shown have no width), measured by the browser, and clipped by nothing.
    static Task<int> Overlaps(IPage page) => page.EvaluateAsync<int>("""
        () => {
          const svg = [...document.querySelectorAll('svg.plot')].find(one => one.getBoundingClientRect().width > 0), frame = svg.getBoundingClientRect();
          const boxes = [...svg.querySelectorAll('text')].filter(text => !text.hasAttribute('display')).map(text => text.getBoundingClientRect()).filter(box => box.width > 0);
          const cut = boxes.filter(box => box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom).length;
          const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
          return cut + boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => over(a, b))).length;
        }
        """);

    [Fact]
    public async Task The_table_sorts_by_the_keyboard_both_ways()
    {
        IPage page = await Open(1280);
        ILocator button = page.GetByRole(AriaRole.Button, new() { Name = "Decode rate" });
        await button.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        ILocator names = page.Locator("table:has(thead button) tbody th");
        (await names.First.GetAttributeAsync("data-value")).ShouldBe("as given");
        (await page.Locator("th[aria-sort=ascending]").CountAsync()).ShouldBe(1);
        await page.Keyboard.PressAsync("Enter");
        (await names.First.GetAttributeAsync("data-value")).ShouldBe("Q2_K");
        (await page.Locator("th[aria-sort=descending]").CountAsync()).ShouldBe(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Candidate", Exact = true }).ClickAsync();
        (await names.Last.GetAttributeAsync("data-value")).ShouldBe("Q8_0");
    }

    [Fact]
    public async Task A_point_shows_its_figures_on_focus_and_hides_them_on_escape()
    {
        IPage page = await Open(1280);
        await page.Locator("svg.plot:visible .chosen").FocusAsync();
        (await page.Locator("#tip").TextContentAsync())!.ShouldContain("Q6_K");
        (await page.Locator("#tip").IsVisibleAsync()).ShouldBeTrue();
        await page.Keyboard.PressAsync("Escape");
        (await page.Locator("#tip").IsVisibleAsync()).ShouldBeFalse();
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Text_stands_out_from_its_ground(ColorScheme scheme)
    {
        IPage page = await Open(1280, scheme: scheme);
        string[] faint = await page.EvaluateAsync<string[]>("""
            () => {
              const parse = color => color.match(/[\d.]+/g).map(Number);
              const light = color => parse(color).slice(0, 3).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
              const ground = element => {
                for (let e = element; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c.startsWith('rgb') && (parse(c)[3] ?? 1) > 0.99) return c; }
                return 'rgb(255,255,255)';
              };
              return [...document.querySelectorAll('h1,h2,h3,p,td,th,small,dt,dd,li,summary,.badge,.src,.label')].filter(e => e.textContent.trim() && e.getClientRects().length).filter(e => {
                const style = getComputedStyle(e), a = light(e.matches('.label') ? style.fill : style.color), b = light(ground(e));
                return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
              }).map(e => `${e.tagName}.${e.className}: ${e.textContent.slice(0, 40)}`);
            }
            """);
        faint.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hostile_name_is_shown_and_not_run()
    {
        OptimizeResult result = SampleSearch.Run();
        IPage page = await Open(390, result: result with
        {
            Model = result.Model with { Name = "</script><img src=x onerror=\"document.title='run'\">" + new string('n', 300) },
            Candidates = [.. result.Candidates.Select(one => one with { Techniques = ["</script><script>document.title='run'</script>" + one.Label] })],
        });
        (await page.TitleAsync()).ShouldStartWith("</script><img");
        (await page.EvaluateAsync<int>("document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390);
        complaints.ShouldBeEmpty();
    }
}
