using System.Xml.Linq;
using AngleSharp.Html.Parser;
using CsCheck;

namespace Shoestring.Survey.Tests;

public sealed class SiteHtmlTests
{
    [Fact]
    public void Values_are_escaped_and_markup_is_not()
    {
        Html inner = Html.Of($"<b>{"<&>\"'"}</b>");
        Html.Of($"<p title=\"{"a\"b"}\">{inner}{new[] { inner, inner }}{7}{1.5}</p>").ToString()
            .ShouldBe("<p title=\"a&quot;b\"><b>&lt;&amp;&gt;&quot;&#39;</b><b>&lt;&amp;&gt;&quot;&#39;</b><b>&lt;&amp;&gt;&quot;&#39;</b>71.5</p>");
    }

    // Whatever the text, it comes back from a parser of HTML as text and from one of XML as well, save for what neither may hold.
    [Fact]
    public void Any_text_is_text_in_HTML_and_in_XML()
    {
        var parser = new HtmlParser();
        Gen.String[Gen.OneOf(Gen.Char['\u0000', '\u00FF'], Gen.Char['\u2000', '\u206F'], Gen.Char['\uD700', '\uE000'], Gen.Char['\uFDC0', '\uFFFF'], Gen.Int[0, 4].Select(i => "<>&\"'"[i])), 0, 40].Sample(text =>
        {
            string escaped = Html.Escape(text), expected = XDocument.Parse($"<a b=\"{escaped.Replace("\n", "&#10;").Replace("\t", "&#9;")}\"/>").Root!.Attribute("b")!.Value;
            parser.ParseDocument($"<!doctype html><p title=\"{escaped}\">{escaped}</p>").QuerySelector("p")!.TextContent.ShouldBe(expected);
            XDocument.Parse($"<a xml:space=\"preserve\">{escaped}</a>").Root!.Value.ShouldBe(expected);
            expected.Length.ShouldBe(text.Length);
            expected.Zip(text, (one, other) => one == other || one == '\uFFFD').ShouldAllBe(same => same);
        }, iter: 2000);
    }

    [Theory]
    [InlineData("https://arxiv.org/abs/1", "https://arxiv.org/abs/1")]
    [InlineData(" http://example.org/ü ", "http://example.org/%C3%BC")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("JaVaScRiPt://example.org/%0Aalert(1)", null)]
    [InlineData("data:text/html,x", null)]
    [InlineData("//example.org/", null)]
    [InlineData("/etc/passwd", null)]
    [InlineData("https://user@example.org/", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Only_addresses_of_the_web_become_links(string? address, string? expected) => SafeLink.Of(address).ShouldBe(expected);

    [Fact]
    public void Markdown_gives_the_blocks_that_the_pages_use()
    {
        MarkdownChapter[] chapters = [.. MarkdownPage.Chapters("# one\n\ntext over\ntwo lines\n\n    code\n\n# two, three\n- a\n  b\n- c\n\n## Measured\n\n| x | |\n|---|---|\n| 1 | `2` |\n")];
        chapters.Select(chapter => chapter.Title).ShouldBe(["one", "two, three"]);
        chapters[0].Blocks.ShouldBe([new MarkdownParagraph("text over two lines"), chapters[0].Blocks[1]]);
        chapters[0].Blocks[1].ShouldBeOfType<MarkdownCode>().Lines.ShouldBe(["code"]);
        chapters[1].Blocks[0].ShouldBeOfType<MarkdownList>().Items.ShouldBe(["a b", "c"]);
        chapters[1].Blocks[1].ShouldBe(new MarkdownHeading("Measured"));
        chapters[1].Blocks[2].ShouldBeOfType<MarkdownTable>().Rows.ShouldBe([["x", ""], ["1", "`2`"]]);
    }

    [Fact]
    public void Markdown_becomes_markup_only_where_it_is_marked()
    {
        var html = new MarkdownHtml((words, _) => words == "known" ? "known.html" : null);
        html.Inline("a < b **bold & <i>** `x<y` [known](../a/README.md) [else](javascript:run)").ToString()
            .ShouldBe("a &lt; b <strong>bold &amp; &lt;i&gt;</strong> <code>x&lt;y</code> <a href=\"known.html\">known</a> else");
    }

    [Theory]
    [InlineData("arxiv:2306.00978", "arxiv-2306.00978")]
    [InlineData("doi:10.1145/3.x", "doi-10.1145-3.x")]
    [InlineData("../../etc/passwd", "etc-passwd")]
    [InlineData("Größe & Maß", "gr-e-ma")]
    [InlineData("...", "untitled")]
    [InlineData("", "untitled")]
    public void Slugs_hold_nothing_but_letters_digits_dots_and_hyphens(string name, string slug) => SiteSlug.Of(name).ShouldBe(slug);

    [Fact]
    public void Equal_slugs_are_told_apart() => SiteSlug.Distinct(["a", "A", "a-2", "a", "b"]).ShouldBe(["a", "a-2", "a-2-2", "a-3", "b"]);
}
