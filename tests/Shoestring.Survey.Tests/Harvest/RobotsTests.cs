namespace Shoestring.Survey.Tests;

/// <summary>RFC 9309, with its own examples among others.</summary>
public class RobotsTests
{
    static bool Allows(string robots, string path) => RobotsFile.Parse(robots, "shoestring").Allows(new Uri("http://x.example" + path));

    [Theory]
    [InlineData("User-agent: *\nDisallow: /a", "/a/b", false)]
    [InlineData("User-agent: *\nDisallow: /a", "/b", true)]
    [InlineData("User-agent: *\nDisallow:", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /", "/", false)]
    [InlineData("user-agent : * \r\n disallow : /a # because", "/a", false)]
    [InlineData("User-agent: *\nAllow: /p\nDisallow: /", "/page", true)]
    [InlineData("User-agent: *\nAllow: /folder\nDisallow: /folder", "/folder/page", true)]
    [InlineData("User-agent: *\nAllow: /page\nDisallow: /*.htm", "/page.htm", false)]
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", false)]
    [InlineData("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x", true)]
    [InlineData("User-agent: *\nDisallow: /a*b*c", "/axxbyyc/d", false)]
    [InlineData("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/x", false)]
    [InlineData("User-agent: *\nDisallow: /\nUser-agent: Shoestring/0.1\nDisallow: /b", "/a", true)]
    [InlineData("User-agent: other\nUser-agent: shoestring\nDisallow: /a\nUser-agent: *\nDisallow: /b", "/a", false)]
    [InlineData("User-agent: other\nUser-agent: shoestring\nDisallow: /a\nUser-agent: *\nDisallow: /b", "/b", true)]
    [InlineData("User-agent: shoestring\nDisallow: /a\n\nUser-agent: shoestring\nDisallow: /b", "/b", false)]
    [InlineData("Disallow: /a", "/a", true)]
    [InlineData("<html>not found</html>", "/a", true)]
    [InlineData("", "/a", true)]
    public void Rules_are_read_as_the_standard_says(string robots, string path, bool allowed) => Allows(robots, path).ShouldBe(allowed);

    [Fact]
    public void Delay_and_sitemaps_are_read()
    {
        RobotsFile file = RobotsFile.Parse("\uFEFFSitemap: http://x.example/s.xml\nUser-agent: *\nCrawl-delay: 2.5\nUser-agent: other\nCrawl-delay: 90", "shoestring");
        file.CrawlDelaySeconds.ShouldBe(2.5);
        file.Sitemaps.ShouldBe(["http://x.example/s.xml"]);
    }

    [Fact]
    public void A_pattern_of_many_stars_is_matched_in_little_time() =>
        Allows($"User-agent: *\nDisallow: /{string.Concat(Enumerable.Repeat("*a", 2000))}b", "/" + new string('a', 8000)).ShouldBeTrue();
}
