using System.Globalization;
using System.Xml.Linq;

namespace Shoestring.Survey.Tests;

public sealed class SiteFeedTests
{
    static readonly XNamespace atom = "http://www.w3.org/2005/Atom", map = "http://www.sitemaps.org/schemas/sitemap/0.9";

    readonly WrittenSite site = WrittenSite.Shared;

    // What RFC 4287 requires of a feed and of its entries (sections 4.1.1 and 4.1.2).
    [Fact]
    public void The_feed_is_well_formed_and_has_what_Atom_requires()
    {
        XElement feed = XDocument.Parse(site.Files["feed.xml"]).Root!;
        feed.Name.ShouldBe(atom + "feed");
        XElement[] all = [feed, .. feed.Elements(atom + "entry")];
        all.Length.ShouldBe(51);
        all.Select(one => one.Element(atom + "id")!.Value).ShouldBeUnique();
        all.Select(one => one.Element(atom + "title")!.Value).ShouldAllBe(title => title.Length > 0);
        all.Select(one => Guid.Parse(one.Element(atom + "id")!.Value["urn:uuid:".Length..])).ShouldAllBe(id => id != Guid.Empty);
        DateTimeOffset[] times = [.. all.Select(one => DateTimeOffset.ParseExact(one.Element(atom + "updated")!.Value, "yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture))];
        times[0].ShouldBe(times[1..].Max());
        feed.Elements(atom + "author").Count().ShouldBe(1);
        feed.Descendants(atom + "link").Select(one => one.Attribute("href")!.Value[WrittenSite.Root.AbsoluteUri.Length..]).ShouldAllBe(path => site.Files.ContainsKey(path));
    }

    [Fact]
    public void The_sitemap_has_every_page_that_is_to_be_found()
    {
        XElement root = XDocument.Parse(site.Files["sitemap.xml"]).Root!;
        root.Name.ShouldBe(map + "urlset");
        string[] addresses = [.. root.Elements(map + "url").Select(one => one.Element(map + "loc")!.Value)];
        addresses.ShouldBe(site.Pages.Keys.Where(path => path != "404.html").Select(path => WrittenSite.Root.AbsoluteUri + (path == "index.html" ? "" : path)), ignoreOrder: true);
    }

    [Fact]
    public void More_addresses_than_a_sitemap_takes_become_several()
    {
        (string Path, string Text)[] files = [.. SiteMapFile.Write([.. Enumerable.Range(0, 100_001).Select(number => $"p/{number}.html")], WrittenSite.Root)];
        files.Select(file => file.Path).ShouldBe(["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]);
        XDocument.Parse(files[^1].Text).Root!.Elements(map + "sitemap").Count().ShouldBe(3);
        XDocument.Parse(files[2].Text).Root!.Elements(map + "url").Count().ShouldBe(1);
    }
}
