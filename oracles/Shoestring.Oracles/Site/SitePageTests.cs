using Microsoft.Playwright;
using Shoestring.Survey;
using Shoestring.Survey.Tests;

namespace Shoestring.Oracles;

/// <summary>The site as a browser shows it, with papers whose every field attacks among the others.</summary>
public sealed class SitePageTests() : SiteBrowser(() => [.. SamplePapers.Hostile(), .. SamplePapers.Many(450)])
{
    const string Attacked = "paper/arxiv-2401.99999.html";

    [Theory]
    [InlineData(375)]
    [InlineData(1440)]
    public async Task Everything_is_readable_without_scripts(int width)
    {
        IPage page = await Window(width, script: false);
        foreach (string path in kinds)
        {
            await page.GotoAsync(At(path));
            (await page.Locator("h1").IsVisibleAsync()).ShouldBeTrue(path);
            (await Overflow(page)).ShouldBe(0, path);
            (await page.Locator("button:visible, input:visible, select:visible").CountAsync()).ShouldBe(0, path);
        }

        await page.GotoAsync(At("papers/index.html"));
        (await page.Locator("#list .papers > li").CountAsync()).ShouldBe(100);
        await page.Locator(".pager a").Nth(1).ClickAsync();
        page.Url.ShouldEndWith("papers/page-2.html");
        await page.Locator("#list .title").First.ClickAsync();
        (await page.Locator("pre").First.TextContentAsync())!.ShouldStartWith("@");
        Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Search_answers_as_one_types_and_filters_narrow_it()
    {
        IPage page = await Window();
        await page.GotoAsync(At("papers/index.html"));
        await page.Locator("#q").FillAsync("müller quantized");
        await Assertions.Expect(page.Locator("#count")).ToContainTextAsync("papers");
        int all = await Count(page);
        all.ShouldBeInRange(1, 449);
        (await page.Locator("#list").IsVisibleAsync()).ShouldBeFalse();
        await page.SelectOptionAsync("#family", new SelectOptionValue { Label = "Pruning" });
        await Assertions.Expect(page.Locator("#count")).Not.ToContainTextAsync($"{all} of");
        (await Count(page)).ShouldBeLessThan(all);
        (await page.Locator("#found .papers > li").AllTextContentsAsync()).ShouldAllBe(text => text.Contains("Pruning"));
        await page.Locator("#q").FillAsync("");
        await page.SelectOptionAsync("#family", "");
        await Assertions.Expect(page.Locator("#list")).ToBeVisibleAsync();
        await page.Locator("#runs").CheckAsync();
        await Assertions.Expect(page.Locator("#found .runs").First).ToBeVisibleAsync();
        await page.Locator("#found .runs a").First.ClickAsync();
        page.Url.ShouldContain("/techniques/");
        Complaints.ShouldBeEmpty();
    }

    static async Task<int> Count(IPage page) => int.Parse((await page.Locator("#count").TextContentAsync())!.Split(' ')[0], System.Globalization.NumberStyles.AllowThousands, System.Globalization.CultureInfo.InvariantCulture);

    // The whole answer, in steps; a search that was sent to someone opens as it was.
    [Fact]
    public async Task A_search_has_an_address_and_shows_more_on_request()
    {
        IPage page = await Window();
        await page.GotoAsync(At("papers/index.html") + "#q=for+language");
        await Assertions.Expect(page.Locator("#found .papers > li")).ToHaveCountAsync(50);
        (await page.Locator("#q").InputValueAsync()).ShouldBe("for language");
        await page.Locator("#more").ClickAsync();
        await Assertions.Expect(page.Locator("#found .papers > li")).ToHaveCountAsync(Math.Min(100, await Count(page)));
        Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_attacks_is_shown_in_lists_pages_and_search_and_never_runs()
    {
        IPage page = await Window(375);
        foreach (string path in new[] { Attacked, "papers/index.html", "families/quantization.html", "index.html" })
        {
            await page.GotoAsync(At(path));
            (await page.TitleAsync()).ShouldNotBe("run");
        }

        await page.GotoAsync(At("papers/index.html") + "#q=onerror");
        await Assertions.Expect(page.Locator("#found .title").First).ToHaveTextAsync(SamplePapers.Attack);
        (await page.Locator("#found img, #found script").CountAsync()).ShouldBe(0);
        (await page.TitleAsync()).ShouldNotBe("run");
        await page.Locator("#found .title").First.ClickAsync();
        (await page.Locator("h1").TextContentAsync()).ShouldBe(SamplePapers.Attack);
        (await page.Locator("main img, main script").CountAsync()).ShouldBe(0);
        Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_theme_can_be_chosen_and_is_kept()
    {
        IPage page = await Window(820, ColorScheme.Light);
        await page.GotoAsync(At("index.html"));
        string light = await Ground(page);
        ILocator button = page.Locator("button.theme");
        await button.ClickAsync();
        await button.ClickAsync();
        (await button.TextContentAsync()).ShouldBe("Theme: dark");
        (await Ground(page)).ShouldNotBe(light);
        await page.GotoAsync(At("metrics.html"));
        (await Ground(page)).ShouldNotBe(light);
        await page.Locator("button.theme").ClickAsync();
        (await Ground(page)).ShouldBe(light);
        Complaints.ShouldBeEmpty();
    }

    static Task<string> Ground(IPage page) => page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");

    [Fact]
    public async Task A_preview_below_a_host_works_as_the_files_do()
    {
        using var server = new PreviewServer(Folder, 18_473);
        using var stop = new CancellationTokenSource();
        Task running = server.Run(stop.Token);
        IPage page = await Window(root: server.Address);
        await page.GotoAsync(new Uri(server.Address, "papers/").AbsoluteUri + "#q=sparse");
        await Assertions.Expect(page.Locator("#found .papers > li").First).ToBeVisibleAsync();
        await page.Locator("header.top nav a").First.ClickAsync();
        (await page.Locator(".tree .leaf").CountAsync()).ShouldBe(30);
        Complaints.ShouldBeEmpty();
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task On_paper_there_is_no_navigation_and_text_is_dark()
    {
        IPage page = await Window(scheme: ColorScheme.Dark);
        await page.GotoAsync(At("techniques/gptq.html"));
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        (await page.Locator("header.top nav").IsVisibleAsync()).ShouldBeFalse();
        (await page.EvaluateAsync<string>("getComputedStyle(document.body).color")).ShouldBe("rgb(0, 0, 0)");
        (await page.Locator("h1").IsVisibleAsync()).ShouldBeTrue();
    }
}
