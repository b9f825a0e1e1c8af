using System.Text;
using AngleSharp.Dom;

namespace Shoestring.Survey.Tests;

public sealed class SitePagesTests
{
    readonly WrittenSite site = WrittenSite.Shared;

    [Fact]
    public void Every_link_within_the_site_leads_to_a_file_and_every_anchor_to_an_element()
    {
        var broken = new List<string>();
        foreach ((string path, IDocument page) in site.Pages.Where(page => page.Key != "404.html"))
        {
            foreach (string address in page.QuerySelectorAll("[href],[src]").Select(one => one.GetAttribute("href") ?? one.GetAttribute("src")!).Where(one => !one.Contains("://", StringComparison.Ordinal)))
            {
                if (!Resolves(path, address))
                {
                    broken.Add($"{path}: {address}");
                }
            }
        }

        broken.ShouldBeEmpty();
    }

    bool Resolves(string path, string address)
    {
        var target = new Uri(new Uri("http://site/" + path), address);
        string file = target.AbsolutePath[1..];
        return site.Files.ContainsKey(file) && (target.Fragment.Length == 0 || site.Pages[file].GetElementById(target.Fragment[1..]) is not null);
    }

    [Fact]
    public void The_page_of_what_is_not_found_works_at_any_path()
    {
        string[] addresses = [.. site.Pages["404.html"].QuerySelectorAll("[href],[src]").Select(one => one.GetAttribute("href") ?? one.GetAttribute("src")!).Where(one => one[0] != '#' && !one.Contains("arxiv.org", StringComparison.Ordinal))];
        addresses.ShouldNotBeEmpty();
        addresses.ShouldAllBe(one => one.StartsWith(WrittenSite.Root.AbsoluteUri, StringComparison.Ordinal));
        addresses.Select(one => one[WrittenSite.Root.AbsoluteUri.Length..]).ShouldAllBe(path => site.Files.ContainsKey(path));
    }

    [Fact]
    public void Nothing_is_loaded_from_elsewhere()
    {
        foreach ((string path, IDocument page) in site.Pages.Where(page => page.Key != "404.html"))
        {
            page.QuerySelectorAll("link:not([rel=alternate]),script,img,iframe,object,embed,video,audio,source,form[action],base,meta[http-equiv=refresh]")
                .Select(one => one.GetAttribute("href") ?? one.GetAttribute("src") ?? one.OuterHtml).ShouldAllBe(address => address.Contains("assets/", StringComparison.Ordinal) && !address.Contains(':', StringComparison.Ordinal), path);
            page.QuerySelector("meta[http-equiv=Content-Security-Policy]")!.GetAttribute("content").ShouldBe(SiteFrame.Policy);
        }

        string style = site.Files["assets/site.css"];
        style.ShouldNotContain("url(");
        style.ShouldNotContain("@import");
        string.Concat(site.Files["assets/search.js"], site.Files["assets/theme.js"]).ShouldNotContain("://");
    }

    // The policy allows neither inline style nor inline script, so a page that had any would be broken, whoever wrote it.
    [Fact]
    public void Pages_hold_no_script_no_style_and_no_handler_of_their_own()
    {
        foreach ((string path, IDocument page) in site.Pages)
        {
            page.QuerySelectorAll("script:not([src]),style,[style]").Length.ShouldBe(0, path);
            page.All.SelectMany(one => one.Attributes).Where(one => one.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty(path);
            page.QuerySelectorAll("[href]").Select(one => one.GetAttribute("href")!).ShouldAllBe(one => !one.Contains(':', StringComparison.Ordinal) || one.StartsWith("http", StringComparison.Ordinal), path);
        }
    }

    [Fact]
    public void Every_page_has_one_heading_a_language_a_title_and_unique_anchors()
    {
        foreach ((string path, IDocument page) in site.Pages)
        {
            page.QuerySelectorAll("h1").Length.ShouldBe(1, path);
            page.DocumentElement.GetAttribute("lang").ShouldBe("en");
            page.Title.ShouldNotBeNullOrWhiteSpace();
            page.QuerySelectorAll("[id]").Select(one => one.Id).ShouldBeUnique(path);
            page.QuerySelectorAll("main,nav[aria-label],footer").Length.ShouldBeGreaterThanOrEqualTo(3, path);
        }
    }

    [Fact]
    public void Every_page_is_below_200_kB() =>
        site.Files.Where(file => file.Key.EndsWith(".html", StringComparison.Ordinal) || file.Key.EndsWith(".js", StringComparison.Ordinal))
            .Where(file => Encoding.UTF8.GetByteCount(file.Value) >= 200_000).Select(file => file.Key).ShouldBeEmpty();

    [Fact]
    public void Text_that_attacks_is_shown_as_it_is()
    {
        IDocument page = site.Pages["paper/arxiv-2401.99999.html"];
        page.QuerySelector("h1")!.TextContent.ShouldBe(SamplePapers.Attack);
        page.QuerySelector(".authors")!.TextContent.ShouldBe($"{SamplePapers.Attack[..80]}…, O'Brien & <b>Sons</b>");
        page.QuerySelectorAll("section p.prose")[0].TextContent.ShouldContain("**bold** [link](javascript:alert(1)) `code`");
        page.QuerySelectorAll("dl.facts a[rel]").Select(one => one.GetAttribute("href")!).ShouldAllBe(one => one.StartsWith("https://arxiv.org/", StringComparison.Ordinal) || one.StartsWith("https://doi.org/", StringComparison.Ordinal));
        site.Files.Keys.ShouldAllBe(path => !path.Contains("..", StringComparison.Ordinal) && path.All(letter => char.IsAsciiLetterOrDigit(letter) || "/-.".Contains(letter)));
    }

    [Fact]
    public void What_would_turn_or_break_text_is_replaced()
    {
        IDocument page = site.Pages["paper/escape.html"];
        page.QuerySelector("h1")!.TextContent.ShouldBe("\uFFFDgnp.exe\uFFFD right to left \uFFFD\uFFFD and \uFFFD half");
        page.QuerySelectorAll("dl.facts a[rel]").ShouldBeEmpty();
    }

    [Fact]
    public void Papers_of_one_slug_have_pages_of_their_own() =>
        new[] { "paper/index.html", "paper/index-2.html", "paper/index.html.html" }.ShouldAllBe(path => site.Files.ContainsKey(path));

    [Fact]
    public void A_list_without_scripts_has_every_paper_once()
    {
        string[] listed = [.. Enumerable.Range(1, 99).Select(SiteLinks.PapersPath).Where(site.Pages.ContainsKey).SelectMany(path => site.Pages[path].QuerySelectorAll("#list .papers .title")).Select(one => one.GetAttribute("href")!)];
        listed.ShouldBeUnique();
        listed.Length.ShouldBe(site.Files.Keys.Count(path => path.StartsWith("paper/", StringComparison.Ordinal) && path.EndsWith(".html", StringComparison.Ordinal)));
        listed.Length.ShouldBeGreaterThan(205);
    }

    [Fact]
    public void The_search_index_is_data_that_ends_no_script_and_has_every_paper()
    {
        string[] parts = [.. site.Files.Where(file => file.Key.StartsWith("papers/search-", StringComparison.Ordinal)).Select(file => file.Value)];
        parts.Length.ShouldBeGreaterThan(1);
        parts.ShouldAllBe(part => !part.Contains('<', StringComparison.Ordinal));
        parts.Sum(part =>
        {
            using var rows = System.Text.Json.JsonDocument.Parse(part["window.shoestringPapers.add(".Length..part.LastIndexOf(");", StringComparison.Ordinal)]);
            return rows.RootElement.GetArrayLength();
        }).ShouldBe(site.Files.Keys.Count(path => path.EndsWith(".bib", StringComparison.Ordinal)));
    }
}
