using System.Text.Json;
using System.Xml.Linq;
using Shoestring.Tensors;

namespace Shoestring.Survey.Tests;

public sealed class ExportTests
{
    static readonly Paper hostile = new("arxiv:2401.00001", "=cmd|'/c calc'!A1 <script>alert(1)</script> \"q\" & $x_1$ {brace} \\input{x} [a](javascript:b) *b* %c #d\u0007")
    {
        Authors = ["Ada and Eve", "Ö. Müller, Jr.", "<b>Bob</b>"],
        Year = 2024,
        Venue = "ICML | <i>2024</i>",
        Url = "https://example.org/a(b)<c>?q={x}\\y",
        Code = "javascript:alert(2)",
        Arxiv = "2401.00001",
        Abstract = "]]> & <![CDATA[x]]>",
        Homes = [Techniques.SurveyTree.Quantization],
        Keywords = ["-1+1", "@sum"],
    };

    static string Text(string format, params Paper[] papers)
    {
        using var writer = new StringWriter();
        CatalogueExport.Write(papers, format, writer);
        return writer.ToString();
    }

    [Fact]
    public void Bibtex_reads_back_as_the_same_title_and_names()
    {
        SourceEntry back = BibTexSource.Read(Text("bibtex", hostile), "x.bib").ShouldHaveSingleItem();
        back.Title.ShouldBe(hostile.Title.TrimEnd('\u0007'));
        back.Authors.ShouldBe(["Ada and Eve", "Ö. Müller, Jr.", "<b>Bob</b>"]);
        back.Arxiv.ShouldBe("2401.00001");
    }

    [Fact]
    public void Bibtex_keys_occur_once()
    {
        SourceEntry[] entries = [.. BibTexSource.Read(Text("bibtex", [.. Survey.Catalogue.BuiltIn()]), "x.bib")];
        entries.Select(entry => entry.Place).ShouldBeUnique();
        entries.Select(entry => entry.Title).ShouldBe(Survey.Catalogue.BuiltIn().Select(paper => paper.Title));
    }

    [Fact]
    public void Csl_json_reads_back()
    {
        SourceEntry back = CslJsonSource.Read(Text("csl-json", hostile), "x.json").ShouldHaveSingleItem();
        (back.Title, back.Year, back.Venue).ShouldBe((hostile.Title, 2024, hostile.Venue));
        using JsonDocument json = JsonDocument.Parse(Text("csl-json", [.. Survey.Catalogue.BuiltIn()]));
        json.RootElement.GetArrayLength().ShouldBe(Survey.Catalogue.BuiltIn().Count);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@sum", "'@sum")]
    [InlineData("-5", "'-5")]
    [InlineData("+5", "'+5")]
    [InlineData("\tx", "'\tx")]
    [InlineData("＝1", "'＝1")]
    [InlineData("plain", "plain")]
    [InlineData("a, \"b\"", "\"a, \"\"b\"\"\"")]
    [InlineData("", "")]
    public void A_cell_is_no_formula(string text, string cell) => CsvExport.Cell(text).ShouldBe(cell);

    [Fact]
    public void No_cell_begins_like_a_formula()
    {
        CsvExport.Cell("=1+1").ShouldBe("'=1+1");
        CsvExport.Cell("a, \"b\"").ShouldBe("\"a, \"\"b\"\"\"");
        string row = Text("csv", hostile).Split("\r\n")[1];
        row.ShouldContain("\"'=cmd|");
        row.ShouldContain("'-1+1; @sum");
    }

    [Fact]
    public void Markdown_shows_the_text_and_links_only_to_the_web()
    {
        string text = Text("markdown", hostile);
        text.ShouldNotContain("<script");
        text.ShouldNotContain("(javascript:");
        text.ShouldContain("\\[a\\]\\(javascript\\:b\\)");
        text.ShouldContain("### Quantization");
        text.ShouldContain("](<https://example.org/a(b)%3Cc%3E?q=%7Bx%7D");
    }

    [Fact]
    public void A_feed_is_well_formed_whatever_titles_hold()
    {
        XNamespace atom = "http://www.w3.org/2005/Atom";
        string text = Text("atom", hostile);
        XElement feed = XElement.Parse(text);
        XElement entry = feed.Element(atom + "entry")!;
        entry.Element(atom + "title")!.Value.ShouldBe(hostile.Title.Replace('\u0007', ' '));
        entry.Element(atom + "summary")!.Value.ShouldBe(hostile.Abstract);
        entry.Element(atom + "updated")!.Value.ShouldBe("2024-01-01T00:00:00Z");
        Text("atom", hostile).ShouldBe(text);
        feed = XElement.Parse(Text("atom", [.. Survey.Catalogue.BuiltIn()]));
        feed.Elements(atom + "entry").Select(item => item.Element(atom + "id")!.Value).ShouldBeUnique();
        feed.Elements(atom + "entry").Select(item => item.Element(atom + "updated")!.Value).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public void An_export_imports_as_the_same_papers()
    {
        Paper[] papers = [.. Survey.Catalogue.BuiltIn().Take(200)];
        IReadOnlyList<SourceEntry> back = JsonLinesSource.Read(Text("jsonl", papers), "export.jsonl");
        CatalogueMerge.Run([], back, []).Papers.Select(paper => (paper.Key, paper.Title, string.Join(';', paper.Homes.Select(SectionHomes.Name))))
            .ShouldBe(papers.Select(paper => (paper.Key, paper.Title, string.Join(';', paper.Homes.Select(SectionHomes.Name)))), ignoreOrder: true);
    }

    [Fact]
    public void A_format_that_there_is_not_is_told() => Should.Throw<InputException>(() => Text("docx", hostile)).Cure.ShouldContain("bibtex");

    [Fact]
    public void Bibtex_holds_what_tex_would_run_as_characters()
    {
        var paper = new Paper("k", "50 % of $x_1$ & {braces} \\input{/etc/passwd} #1 ~ ^")
        {
            Authors = ["A. B", "C D"],
            Year = 2024,
            Venue = "Transactions of the ACL",
            Url = "https://example.org/a_b?c={d}",
            Arxiv = "2401.00001",
        };
        BibTexExport.Entry(paper, "k").ShouldBe("""
            @article{k,
              title = {{50 \% of \$x\_1\$ \& {\textbraceleft}braces{\textbraceright} {\textbackslash}input{\textbraceleft}/etc/passwd{\textbraceright} \#1 {\textasciitilde} {\textasciicircum}}},
              author = {A. B and C D},
              year = {2024},
              journal = {Transactions of the ACL},
              eprint = {2401.00001},
              archiveprefix = {arXiv},
              url = {https://example.org/a_b?c=%7Bd%7D},
            }


            """.ReplaceLineEndings("\n"));
    }
}
