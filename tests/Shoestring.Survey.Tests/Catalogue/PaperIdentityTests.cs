namespace Shoestring.Survey.Tests;

public sealed class PaperIdentityTests
{
    [Theory]
    [InlineData("https://arxiv.org/abs/2306.00978", "2306.00978")]
    [InlineData("https://arxiv.org/pdf/2306.00978v2.pdf", "2306.00978")]
    [InlineData("http://www.arxiv.org/pdf/2306.00978", "2306.00978")]
    [InlineData("https://arxiv.org/html/2406.04984v1", "2406.04984")]
    [InlineData("https://ar5iv.labs.arxiv.org/html/2406.04984", "2406.04984")]
    [InlineData("https://ar5iv.org/abs/2406.04984", "2406.04984")]
    [InlineData("https://browse.arxiv.org/abs/2402.00858", "2402.00858")]
    [InlineData("https://export.arxiv.org/pdf/2504.17376", "2504.17376")]
    [InlineData("https://arxiv.org/pdf/2411.07066?", "2411.07066")]
    [InlineData("https://arxiv.org/abs/cs/0112017", "cs/0112017")]
    [InlineData("arXiv:2306.00978v3", "2306.00978")]
    [InlineData("https://doi.org/10.48550/arXiv.2306.00978", "2306.00978")]
    [InlineData("2306.00978", "2306.00978")]
    [InlineData("https://arxiv.org/abs/2399.00978", null)]
    [InlineData("https://example.org/abs/2306.00978", null)]
    [InlineData("https://arxiv.org/list/cs.CL/recent", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void An_arxiv_identifier_is_read_from_all_its_forms(string? text, string? id) => PaperIdentity.Arxiv(text).ShouldBe(id);

    [Theory]
    [InlineData("https://openreview.net/pdf?id=Tr0lPx9woF", "https://openreview.net/forum?id=Tr0lPx9woF")]
    [InlineData("https://openreview.net/attachment?id=IU4L7wiwxw&name=pdf", "https://openreview.net/forum?id=IU4L7wiwxw")]
    [InlineData("https://aclanthology.org/2023.findings-acl.692.pdf", "https://aclanthology.org/2023.findings-acl.692/")]
    [InlineData("https://aclanthology.org/2023.findings-acl.692", "https://aclanthology.org/2023.findings-acl.692/")]
    [InlineData("https://dl.acm.org/doi/pdf/10.1145/3714983.3714987", "https://doi.org/10.1145/3714983.3714987")]
    [InlineData("https://dl.acm.org/doi/abs/10.1145/3616855.3635853?casa_token=abc:def", "https://doi.org/10.1145/3616855.3635853")]
    [InlineData("https://proceedings.mlr.press/v202/kim23l/kim23l.pdf", "https://proceedings.mlr.press/v202/kim23l.html")]
    [InlineData("https://proceedings.neurips.cc/paper_files/paper/2024/file/2c570b0f9938c7a58a612e5b00af9cc0-Paper-Conference.pdf", "https://proceedings.neurips.cc/paper_files/paper/2024/hash/2c570b0f9938c7a58a612e5b00af9cc0-Abstract-Conference.html")]
    [InlineData("https://Example.org/a?utm_source=x&id=3&fbclid=y#top", "https://example.org/a?id=3")]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("not an address", null)]
    public void An_address_has_one_form(string address, string? canonical) => PaperIdentity.Canonical(address).ShouldBe(canonical);

    [Fact]
    public void Its_date_is_in_the_identifier()
    {
        PaperIdentity.ArxivDate("2306.00978").ShouldBe((2023, 6));
        PaperIdentity.ArxivDate("cs/0112017").ShouldBe((2001, 12));
        PaperIdentity.ArxivDate("hep-th/9901001").ShouldBe((1999, 1));
        PaperIdentity.ArxivDate("qNLe3iq2El").ShouldBeNull();
    }

    [Fact]
    public void A_key_is_the_best_identity_there_is()
    {
        PaperIdentity.Key("A title", "2306.00978", "10.1/x").ShouldBe("arxiv:2306.00978");
        PaperIdentity.Key("A title", null, "10.1145/3552326").ShouldBe("doi:10.1145/3552326");
        PaperIdentity.Key("Týr: A title, again", null, null).ShouldBe("tyr-a-title-again");
    }

    [Theory]
    [InlineData("https://doi.org/10.1145/3552326.3587438", "10.1145/3552326.3587438")]
    [InlineData("DOI: 10.18653/V1/2023.ACL-LONG.1.", "10.18653/v1/2023.acl-long.1")]
    [InlineData("10.48550/arXiv.2306.00978", null)]
    [InlineData("nothing", null)]
    public void A_doi_is_read_in_lower_case(string text, string? doi) => PaperIdentity.Doi(text).ShouldBe(doi);
}
