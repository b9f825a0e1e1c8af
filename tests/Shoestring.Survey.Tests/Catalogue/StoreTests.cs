using Microsoft.Data.Sqlite;
using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Survey.Tests;

public sealed class StoreTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-store-").FullName;

    string File => Path.Combine(folder, "sub", "catalogue.db");

    [Fact]
    public void What_goes_in_comes_out()
    {
        IReadOnlyList<Paper> papers = Survey.Catalogue.BuiltIn();
        using (CatalogueStore store = CatalogueStore.Open(File))
        {
            store.Replace(papers);
            store.Replace(papers);
            store.Keep("updated", "2025-01-01");
            store.Keep("updated", "2025-02-01");
        }

        using CatalogueStore again = CatalogueStore.Open(File);
        again.All().Select(CatalogueJson.Line).ShouldBe(papers.Select(CatalogueJson.Line));
        again.State("updated").ShouldBe("2025-02-01");
        again.State("other").ShouldBeNull();
    }

    [Fact]
    public void Lines_come_out_as_they_went_in()
    {
        using var writer = new StringWriter();
        CatalogueJson.Write(Survey.Catalogue.BuiltIn(), writer);
        CatalogueJson.Read(new StringReader(writer.ToString())).Select(CatalogueJson.Line).ShouldBe(Survey.Catalogue.BuiltIn().Select(CatalogueJson.Line));
        Should.Throw<FormatException>(() => CatalogueJson.Read(new StringReader("{\"key\":1}"))).Message.ShouldContain("line 1");
    }

    [Theory]
    [InlineData("2306.00978")]
    [InlineData("arxiv:2306.00978")]
    [InlineData("https://arxiv.org/pdf/2306.00978v3")]
    public void A_paper_is_found_by_each_of_its_names(string name)
    {
        using CatalogueStore store = CatalogueStore.Of(Survey.Catalogue.BuiltIn());
        store.Find(name)!.Title.ShouldStartWith("AWQ");
        store.Find("2306.99999").ShouldBeNull();
    }

    [Fact]
    public void Words_find_papers_and_filters_narrow_them()
    {
        using CatalogueStore store = CatalogueStore.Of(Survey.Catalogue.BuiltIn());
        Find(new() { Words = "activation-aware weight quant" })[0].Arxiv.ShouldBe("2306.00978");
        Find(new() { Words = "\"attention sinks\"" }).ShouldAllBe(paper => paper.Title.Contains("Attention Sinks", StringComparison.OrdinalIgnoreCase));
        Find(new() { Words = "pruning -structured", Limit = 500 }).ShouldAllBe(paper => !TitleText.Words(paper.Title).Contains("structured"));
        Find(new() { Family = "early exit", Limit = 500 }).ShouldAllBe(paper => paper.Homes.Any(home => home.Name == "Early exit"));
        Find(new() { Stage = "Fine-tuning", Limit = 500 }).ShouldAllBe(paper => paper.Homes.Any(home => home.Stage == "Fine-tuning"));
        Find(new() { Words = "cache", From = 2024, To = 2024, Limit = 500 }).ShouldAllBe(paper => paper.Year == 2024);
        Find(new() { Venue = "iclr", Limit = 500 }).ShouldAllBe(paper => paper.Venue!.Contains("ICLR"));
        Find(new() { Runnable = true, Limit = 500 }).ShouldAllBe(paper => paper.Techniques.Count > 0);
        Find(new() { Resource = Resource.Communication, Limit = 500 }).ShouldAllBe(paper => paper.Resources.Contains(Resource.Communication));
        Find(new() { Words = "zzzz no such word" }).ShouldBeEmpty();
        Find(new() { Limit = 7 }).Count.ShouldBe(7);

        IReadOnlyList<Paper> Find(CatalogueQuery query) => store.Search(query);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("a\" OR 1=1 --")]
    [InlineData("NEAR(")]
    [InlineData("title:x AND")]
    [InlineData("* ^ ( ) { } : - +")]
    [InlineData("'; DROP TABLE papers; --")]
    [InlineData("-only -unwanted")]
    [InlineData("\u0000\uD800")]
    public void Nothing_that_people_type_is_an_operator(string words)
    {
        using CatalogueStore store = CatalogueStore.Of(Survey.Catalogue.BuiltIn());
        Should.NotThrow(() => store.Search(new CatalogueQuery { Words = words }));
        store.Count.ShouldBe(Survey.Catalogue.BuiltIn().Count);
    }

    [Fact]
    public void Files_of_others_are_refused()
    {
        string text = Path.Combine(folder, "text.db");
        System.IO.File.WriteAllText(text, "this is no database, but it is long enough to look like one to somebody");
        Should.Throw<InputException>(() => CatalogueStore.Open(text));
        string other = Path.Combine(folder, "other.db");
        Sql(other, "CREATE TABLE receipts (id INTEGER)");
        Should.Throw<InputException>(() => CatalogueStore.Open(other)).Message.ShouldContain("no catalogue");
        CatalogueStore.Open(File).Dispose();
        Sql(File, "PRAGMA user_version = 99");
        Should.Throw<InputException>(() => CatalogueStore.Open(File)).Message.ShouldContain("newer version");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static void Sql(string path, string text)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
