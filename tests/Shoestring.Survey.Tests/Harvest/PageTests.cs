using System.Text;

namespace Shoestring.Survey.Tests;

public class PageTests
{
    static string[] Links(string html) => [.. HtmlLinks.Of(html, 100).Links.Select(link => link.Address)];

    [Theory]
    [InlineData("<a href='x.pdf'>", "x.pdf")]
    [InlineData("<A HREF=x.pdf>", "x.pdf")]
    [InlineData("<a\nclass=b\nhref\n=\n\"x.pdf\">", "x.pdf")]
    [InlineData("<a title='<a href=y.pdf>' href='x.pdf'>", "x.pdf")]
    [InlineData("<a href='a&amp;b&#x2e;pdf'>", "a&b.pdf")]
    [InlineData("<a href='x.pdf", "")]
    [InlineData("<!-- <a href=x.pdf> --><a href=y.pdf>", "y.pdf")]
    [InlineData("<!-- > <a href=x.pdf> --!><a href=y.pdf>", "y.pdf")]
    [InlineData("<script>'<a href=x.pdf>'</script><a href=y.pdf>", "y.pdf")]
    [InlineData("<script><!-- <script></script> <a href=x.pdf> --></script><a href=y.pdf>", "y.pdf")]
    [InlineData("<textarea><a href=x.pdf></textarea><a href=y.pdf>", "y.pdf")]
    [InlineData("<style>a[href='x.pdf']{}</style><title><a href=x.pdf></title><a href=y.pdf>", "y.pdf")]
    [InlineData("<noscript><a href=x.pdf></noscript>", "x.pdf")]
    [InlineData("<a href=x.pdf><a href=y.pdf>", "x.pdf y.pdf")]
    [InlineData("<area href=x.pdf><link href=y.pdf><iframe src=z.pdf></iframe><embed src=u.pdf><object data=v.pdf>", "x.pdf y.pdf z.pdf u.pdf v.pdf")]
    [InlineData("<meta http-equiv=refresh content='3;URL = \"x.html\"'>", "x.html")]
    [InlineData("<meta http-equiv=REFRESH content='0, x.html'>", "x.html")]
    [InlineData("<meta http-equiv=refresh content=5><meta name=refresh content='0;url=y'>", "")]
    [InlineData("<a name=x>", "")]
    [InlineData("<a href=x.pdf", "")]
    public void Links_are_those_that_a_browser_sees(string html, string expected) => string.Join(' ', Links(html)).ShouldBe(expected);

    [Theory]
    [InlineData("<a href=x>  Lecture\n <b>1</b>&nbsp;&amp; 2 </a>", "Lecture 1 & 2")]
    [InlineData("<a href=x><img alt='A picture'></a>", "A picture")]
    [InlineData("<a href=x title=Titled></a>", "Titled")]
    [InlineData("<a href=x><script>code</script>Text</a>", "codeText")]
    public void The_words_of_a_link_come_with_it(string html, string expected) => HtmlLinks.Of(html, 10).Links.Single().Text.ShouldBe(expected);

    [Fact]
    public void Roles_and_the_base_are_told()
    {
        PageLinks page = HtmlLinks.Of("""
            <base href=/b/><base href=/c/><link rel='alternate' type='application/atom+xml' href=f><link rel=stylesheet href=s><a rel='nofollow NEXT' href=n>n</a>
            """, 10);
        page.Base.ShouldBe("/b/");
        page.Links.Select(link => link.Role).ShouldBe([LinkRole.Feed, LinkRole.Resource, LinkRole.Next]);
    }

    [Fact]
    public void A_page_of_very_many_links_is_cut()
    {
        PageLinks page = HtmlLinks.Of(string.Concat(Enumerable.Range(0, 1000).Select(i => $"<a href={i}.pdf>{i}</a>")), 100);
        page.Links.Count.ShouldBe(100);
        page.IsTruncated.ShouldBeTrue();
        HtmlLinks.Of("<a href=1></a>", 1).IsTruncated.ShouldBeFalse();
    }

    [Fact]
    public void Deep_nesting_does_no_harm() =>
        Links(string.Concat(Enumerable.Repeat("<div><b><table><svg>", 50_000)) + "<a href=x.pdf>").ShouldBe(["x.pdf"]);

    [Theory]
    [InlineData("é", "utf-8", "windows-1252", "Ã©")]
    [InlineData("é", "utf-8", null, "é")]
    [InlineData("é", "latin1", "utf-8", "\uFFFD")]
    [InlineData("é", "latin1", null, "é")]
    [InlineData("<meta charset=utf-8>é", "utf-8", null, "<meta charset=utf-8>é")]
    [InlineData("<meta charset=\"iso-8859-1\">é", "latin1", null, "<meta charset=\"iso-8859-1\">é")]
    [InlineData("<meta http-equiv=Content-Type content='text/html; charset=iso-8859-1'>é", "latin1", null, "<meta http-equiv=Content-Type content='text/html; charset=iso-8859-1'>é")]
    [InlineData("<?xml version='1.0' encoding='iso-8859-1'?>é", "latin1", null, "<?xml version='1.0' encoding='iso-8859-1'?>é")]
    [InlineData("é", "latin1", "no-such-charset", "é")]
    public void The_encoding_is_the_headers_then_the_pages_then_guessed(string text, string written, string? header, string expected) =>
        PageText.Decode(Encoding.GetEncoding(written).GetBytes(text), header).ShouldBe(expected);

    [Fact]
    public void A_byte_order_mark_decides()
    {
        PageText.Decode([.. Encoding.UTF8.Preamble, .. "é"u8], "iso-8859-1").ShouldBe("é");
        PageText.Decode([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("é")], null).ShouldBe("é");
        PageText.Decode([.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes("é")], null).ShouldBe("é");
    }

    [Fact]
    public void A_sitemap_of_sitemaps_leads_on()
    {
        PageLinks links = XmlLinks.Of("<?xml version='1.0'?><sitemapindex xmlns='x'><sitemap><loc> http://a/1 </loc></sitemap><sitemap><loc>http://a/2</loc></sitemap></sitemapindex>"u8.ToArray(), 10)!;
        links.Links.Select(link => (link.Address.Trim(), link.Role)).ShouldBe([("http://a/1", LinkRole.Sitemap), ("http://a/2", LinkRole.Sitemap)]);
    }

    [Fact]
    public void Feeds_give_links_and_enclosures_with_their_titles()
    {
        PageLinks atom = XmlLinks.Of("""
            <feed xmlns="http://www.w3.org/2005/Atom"><title>All</title><entry><link href="one.html"/><link rel="edit" href="no"/>
            <link rel="enclosure" type="application/pdf" href="one"/><title type="html">One</title></entry></feed>
            """u8.ToArray(), 10)!;
        atom.Links.Select(link => (link.Address, link.Text, link.MediaType)).ShouldBe([("one.html", "One", null), ("one", "One", "application/pdf")]);
        PageLinks rss = XmlLinks.Of("<rss><channel><item><link>http://a/b</link><title>B</title><enclosure url='c.pdf' type='application/pdf'/></item></channel></rss>"u8.ToArray(), 10)!;
        rss.Links.Select(link => (link.Address, link.Text)).ShouldBe([("http://a/b", "B"), ("c.pdf", "B")]);
    }

    [Theory]
    [InlineData("<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><urlset><url><loc>&b;</loc></url></urlset>")]
    [InlineData("<!DOCTYPE r SYSTEM 'file:///etc/passwd'><html></html>")]
    [InlineData("<urlset><url><loc>unfinished")]
    [InlineData("no xml")]
    public void Hostile_xml_gives_no_links(string xml) => (XmlLinks.Of(Encoding.UTF8.GetBytes(xml), 10)?.Links ?? []).ShouldBeEmpty();

    [Fact]
    public void What_came_before_a_fault_in_xml_is_kept()
    {
        PageLinks links = XmlLinks.Of("<urlset><url><loc>a.pdf</loc></url><url><loc>b.pdf</url></urlset>"u8.ToArray(), 10)!;
        links.Links.Select(link => link.Address).ShouldBe(["a.pdf"]);
        links.IsTruncated.ShouldBeTrue();
    }
}
