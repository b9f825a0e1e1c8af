namespace Shoestring.Survey.Tests;

public class PaperLinksTests
{
    [Theory]
    [InlineData("https://arxiv.org/abs/2306.00978", "2306.00978")]
    [InlineData("http://www.arxiv.org/abs/2306.00978v3", "2306.00978")]
    [InlineData("https://arxiv.org/pdf/2306.00978", "2306.00978")]
    [InlineData("https://arxiv.org/pdf/2306.00978v2.pdf", "2306.00978")]
    [InlineData("https://arxiv.org/pdf/2306.00978v2.pdf#page=3", "2306.00978")]
    [InlineData("https://arxiv.org/html/2306.00978v1", "2306.00978")]
    [InlineData("https://export.arxiv.org/abs/2306.00978?context=cs", "2306.00978")]
    [InlineData("https://ar5iv.labs.arxiv.org/html/2306.00978", "2306.00978")]
    [InlineData("https://ar5iv.org/abs/cs/0112017v1", "cs/0112017")]
    [InlineData("https://arxiv.org/abs/cs/0112017", "cs/0112017")]
    [InlineData("https://arxiv.org/pdf/cs.CL/0112017v2.pdf", "cs.CL/0112017")]
    [InlineData("https://arxiv.org/abs/math.GT/0309136", "math.GT/0309136")]
    [InlineData("https://arxiv.org/abs/cond-mat%2F0112017", "cond-mat/0112017")]
    [InlineData("https://doi.org/10.48550/arXiv.2306.00978", "2306.00978")]
    [InlineData("arXiv:2306.00978v2", "2306.00978")]
    [InlineData("https://arxiv.org/list/cs.CL/recent", null)]
    [InlineData("https://arxiv.org/abs/230.00978", null)]
    [InlineData("https://example.org/abs/2306.00978", null)]
    [InlineData("https://arxiv.org.evil.example/abs/2306.00978", null)]
    [InlineData("2306.00978", null)]
    [InlineData("", null)]
    public void An_arxiv_identifier_is_read_from_every_spelling(string url, string? expected) => PaperLinks.Arxiv(url).ShouldBe(expected);

    [Theory]
    [InlineData("https://openreview.net/forum?id=abc_D-1&noteId=x", "https://openreview.net/forum?id=abc_D-1")]
    [InlineData("https://openreview.net/pdf?id=abc_D-1", "https://openreview.net/forum?id=abc_D-1")]
    [InlineData("https://aclanthology.org/2023.acl-long.1.pdf", "https://aclanthology.org/2023.acl-long.1/")]
    [InlineData("https://www.aclweb.org/anthology/P19-1001.pdf", "https://aclanthology.org/P19-1001/")]
    [InlineData("https://www.aclweb.org/anthology/papers/P/P19/P19-1001/", "https://aclanthology.org/P19-1001/")]
    [InlineData("https://aclanthology.org/P19-1001v2.pdf", "https://aclanthology.org/P19-1001/")]
    [InlineData("https://dx.doi.org/10.1145/ABC.5", "https://doi.org/10.1145/abc.5")]
    [InlineData("https://arxiv.org/pdf/2306.00978v2.pdf?utm_source=x", "https://arxiv.org/abs/2306.00978")]
    [InlineData("HTTPS://DL.ACM.org:443/doi/pdf/5?casa_token=xyz:abc&download=true#s", "https://dl.acm.org/doi/pdf/5?download=true")]
    [InlineData("https://x.org/a?utm_source=b&UTM_medium=c", "https://x.org/a")]
    [InlineData("https://x.org", "https://x.org/")]
    [InlineData("not an address", "not an address")]
    [InlineData("mailto:a@b.c", "mailto:a@b.c")]
    public void An_address_has_one_form(string url, string expected) => PaperLinks.Canonical(url).ShouldBe(expected);

    [Theory]
    [InlineData("https://arxiv.org/abs/2306.00978", "https://arxiv.org/pdf/2306.00978")]
    [InlineData("https://openreview.net/forum?id=abc", "https://openreview.net/pdf?id=abc")]
    [InlineData("https://aclanthology.org/P19-1001/", "https://aclanthology.org/P19-1001.pdf")]
    [InlineData("https://example.org/", null)]
    public void A_papers_pdf_is_told_by_its_page(string url, string? expected) => PaperLinks.Pdf(url).ShouldBe(expected);

    [Fact]
    public void Hosts_that_answer_no_more_are_known()
    {
        PaperLinks.IsDead("https://paperswithcode.com/paper/x").ShouldBeTrue();
        PaperLinks.IsDead("https://arxiv.org/abs/2306.00978").ShouldBeFalse();
    }
}
