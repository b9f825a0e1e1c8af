using Shoestring.Tensors;

namespace Shoestring.Survey.Tests;

public sealed class SourceTests
{
    [Fact]
    public void The_surveys_list_in_markdown_gives_the_entries_of_its_json()
    {
        IReadOnlyList<SourceEntry> entries = MarkdownSource.Read(TestData.Read("awesome-list.md"), TestData.List);
        SourceEntry[] expected = [.. TestData.Sources.Where(entry => entry.Source == TestData.List)];
        entries.Select(entry => entry.Place).ShouldBe(expected.Select(entry => entry.Place));
        entries.Select(entry => entry.Url).ShouldBe(expected.Select(entry => entry.Url));
        entries.Select(entry => entry.Title).ShouldBe(expected.Select(entry => TitleText.Tidy(entry.Title)));
        entries.Select(entry => entry.Year).ShouldBe(expected.Select(entry => entry.Year));
        entries.Select(entry => entry.Venue).ShouldBe(expected.Select(entry => entry.Venue));
        entries.SelectMany(SectionHomes.Of).ShouldBe(expected.SelectMany(SectionHomes.Of));
    }

    [Fact]
    public void Bullets_of_awesome_lists_are_read()
    {
        const string list = """
            # Awesome
            ## Papers
            ### KV Cache Compression

            - KIVI: A Tuning-Free Asymmetric 2bit Quantization for KV Cache <br> ICML 2024 [[Paper]](https://arxiv.org/abs/2402.02750) [[Code]](https://github.com/jy-yuan/KIVI)

            - FineGates: LLMs Finetuning with Compression using Stochastic Gates

              Arxiv 2025  [[Paper]](https://arxiv.org/abs/2412.12951)

            - [A Title That Is **Linked**](https://arxiv.org/abs/2401.00001v1), NeurIPS 2024 [[code](https://github.com/a/b)]
            - [Tools](https://example.org) for everyone
            <!-- - Hidden <br> ICML 2020 [[Paper]](https://arxiv.org/abs/2001.00001) -->
            """;
        IReadOnlyList<SourceEntry> entries = MarkdownSource.Read(list, "list");
        entries.Select(entry => (entry.Title, entry.Year, entry.Venue, entry.Code, entry.Place)).ShouldBe(
        [
            ("KIVI: A Tuning-Free Asymmetric 2bit Quantization for KV Cache", 2024, "ICML 2024", "https://github.com/jy-yuan/KIVI", "5"),
            ("FineGates: LLMs Finetuning with Compression using Stochastic Gates", 2025, "Arxiv 2025", null, "7"),
            ("A Title That Is Linked", 2024, "NeurIPS 2024", "https://github.com/a/b", "11"),
        ]);
        entries.ShouldAllBe(entry => SectionHomes.Of(entry).Single().Name == "Key-value cache compression");
    }

    [Fact]
    public void Bibtex_is_read_with_its_braces_strings_and_accents()
    {
        const string bib = """
            @comment{ignored {nested} }
            @string{icml = "International Conference on Machine Learning"}
            @inproceedings{mueller2024,
              title = {{LoRA}: Low-Rank Adaptation \& {\"U}bertraining of \emph{Large} Models},
              author = {M{\"u}ller, J{\"o}rg and Ko{\v{c}}, Ay{\c s}e and others},
              booktitle = icml # ", 2024",
              year = 2024, doi = {10.1000/ABC.DEF},
              url = "https://arxiv.org/abs/2106.09685v2"
            }
            @misc{x, title={Second}, eprint={2301.00774}, archivePrefix={arXiv}, date={2023-01-02}}
            """;
        IReadOnlyList<SourceEntry> entries = BibTexSource.Read(bib, "refs.bib");
        entries.Count.ShouldBe(2);
        entries[0].Place.ShouldBe("mueller2024");
        entries[0].Title.ShouldBe("LoRA: Low-Rank Adaptation & Übertraining of Large Models");
        entries[0].Authors.ShouldBe(["Jörg Müller", "Ayşe Koč"]);
        entries[0].Venue.ShouldBe("International Conference on Machine Learning, 2024");
        entries[0].Doi.ShouldBe("10.1000/abc.def");
        entries[0].Arxiv.ShouldBe("2106.09685");
        (entries[1].Arxiv, entries[1].Year).ShouldBe(("2301.00774", 2023));
    }

    [Theory]
    [InlineData("@misc{x, title = {never closed", "ends within an entry")]
    [InlineData("@misc{x, year = 2024}", "no title")]
    [InlineData("@misc{x, title {y}}", "no =")]
    [InlineData("@misc{x, title = %}", "begins with")]
    public void Broken_bibtex_is_told_in_one_line(string bib, string what) => Should.Throw<InputException>(() => BibTexSource.Read(bib, "refs.bib")).Message.ShouldContain(what);

    [Fact]
    public void Csl_json_is_read()
    {
        const string json = """
            [{"id":"a","type":"paper-conference","title":"A title","author":[{"given":"Ada","family":"Erste"},{"literal":"The Team"}],
              "issued":{"date-parts":[[2024,5]]},"container-title":"ICLR","DOI":"10.1000/X","URL":"https://openreview.net/pdf?id=abc"},
             {"id":7,"title":"Another","issued":{"raw":"2023-01"},"URL":"https://arxiv.org/abs/2301.00001"}]
            """;
        IReadOnlyList<SourceEntry> entries = CslJsonSource.Read(json, "refs.json");
        (entries[0].Place, entries[0].Year, entries[0].Venue, entries[0].Doi).ShouldBe(("a", 2024, "ICLR", "10.1000/x"));
        entries[0].Authors.ShouldBe(["Ada Erste", "The Team"]);
        (entries[1].Place, entries[1].Year, entries[1].Arxiv).ShouldBe(("7", 2023, "2301.00001"));
        Should.Throw<InputException>(() => CslJsonSource.Read("{\"a\":1}", "refs.json"));
        Should.Throw<InputException>(() => CslJsonSource.Read("[{}]", "refs.json")).Message.ShouldContain("no title");
    }

    [Fact]
    public void An_answer_of_arxiv_is_read()
    {
        IReadOnlyList<SourceEntry> entries = ArxivAtom.Read(TestData.Read("arxiv-answer.xml"), "here");
        entries[0].Title.ShouldBe("Two-Bit Quantization of Language Models by Learned Grids");
        entries[0].Authors.ShouldBe(["Ada Erste", "Bob Zweiter"]);
        (entries[0].Arxiv, entries[0].Year, entries[0].Venue, entries[0].Doi).ShouldBe(("2506.00011", 2025, "Proc. of ICML 2025", "10.1000/grids.2025"));
        entries[0].Abstract!.ShouldStartWith("We quantize weights of large language models to two bits with grids");
        entries[1].Title.ShouldBe("Speculative Decoding with <b>Tiny</b> Drafts & Trees", "data, never markup");
    }

    [Fact]
    public void An_answer_that_is_no_feed_is_told()
    {
        Should.Throw<InputException>(() => ArxivAtom.Read("<html></html>", "here")).Message.ShouldContain("not an Atom feed");
        Should.Throw<InputException>(() => ArxivAtom.Read("oops", "here")).Message.ShouldContain("no XML");
        const string bomb = "<!DOCTYPE feed [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>&b;</title></feed>";
        Should.Throw<InputException>(() => ArxivAtom.Read(bomb, "here"));
        const string error = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>http://arxiv.org/api/errors#max</id><title>Error</title><summary>max_results must be smaller</summary></entry></feed>";
        Should.Throw<InputException>(() => ArxivAtom.Read(error, "here")).Message.ShouldContain("max_results must be smaller");
    }

    [Fact]
    public void An_answer_of_openalex_is_read()
    {
        (IReadOnlyList<SourceEntry> entries, string? next) = OpenAlexJson.Read(TestData.Read("openalex-answer.json"), "here");
        next.ShouldBe("IlsxLCAyXSI=");
        entries.Count.ShouldBe(2, "a work without a title is none");
        (entries[0].Arxiv, entries[0].Doi, entries[0].Venue, entries[0].Abstract).ShouldBe(("2506.00011", null, "arXiv", "We quantize weights."));
        (entries[1].Doi, entries[1].Venue, entries[1].Place).ShouldBe(("10.1145/9999999.0000001", "Proceedings of Something", "W4400000002"));
        Should.Throw<InputException>(() => OpenAlexJson.Read("{\"error\":\"Invalid query\"}", "here")).Message.ShouldContain("Invalid query");
        Should.Throw<InputException>(() => OpenAlexJson.Read("[]", "here"));
    }

    [Theory]
    [InlineData("{\"title\":\"x\"", "not one JSON object")]
    [InlineData("{\"year\":2024}", "no title")]
    [InlineData("{\"title\":\"x\",\"year\":\"soon\"}", "year")]
    [InlineData("{\"title\":\"x\",\"homes\":[\"Nowhere\"]}", "no leaf")]
    [InlineData("[1]", "not one JSON object")]
    public void A_broken_line_is_told_with_its_number(string line, string what)
    {
        InputException fault = Should.Throw<InputException>(() => JsonLinesSource.Read("{\"title\":\"fine\"}\n\n" + line, "list.jsonl"));
        fault.Message.ShouldContain(what);
        fault.Where.ShouldBe("list.jsonl:3");
    }

    [Theory]
    [InlineData("a.md", "x", "markdown")]
    [InlineData("a.bib", "x", "bibtex")]
    [InlineData("a.json", " [1]", "csl-json")]
    [InlineData("a.json", "{\"results\":[]}", "openalex")]
    [InlineData("a.xml", "<feed/>", "arxiv")]
    public void The_format_is_told_by_name_and_beginning(string name, string text, string format) => SourceFile.Format(name, text).ShouldBe(format);

    [Fact]
    public void A_name_that_tells_no_format_asks_for_it() => Should.Throw<InputException>(() => SourceFile.Format("a.txt", "x")).Cure.ShouldContain("--format");
}
