using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shoestring.Tensors;

namespace Shoestring.Survey.Tests;

/// <summary>A local server that answers as it was told and remembers what it was asked.</summary>
sealed class RecordedServer : IAsyncDisposable
{
    readonly WebApplication application;
    readonly Queue<(int Status, string Body, string? RetryAfter)> answers = new();

    RecordedServer(WebApplication application) => this.application = application;

    public List<(string Query, string Agent)> Asked { get; } = [];

    public Uri Address { get; private set; } = new("http://localhost");

    public static async Task<RecordedServer> Start(params (int Status, string Body, string? RetryAfter)[] answers)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new RecordedServer(builder.Build());
        foreach ((int, string, string?) answer in answers)
        {
            server.answers.Enqueue(answer);
        }

        server.application.Run(server.Answer);
        await server.application.StartAsync(TestContext.Current.CancellationToken);
        server.Address = new Uri(server.application.Urls.Single() + "/api");
        return server;
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();

    Task Answer(HttpContext context)
    {
        Asked.Add((WebUtility.UrlDecode(context.Request.QueryString.Value!), context.Request.Headers.UserAgent.ToString()));
        (int status, string body, string? after) = answers.Count > 0 ? answers.Dequeue() : (500, "asked too often", null);
        context.Response.StatusCode = status;
        if (after is not null)
        {
            context.Response.Headers.RetryAfter = after;
        }

        return context.Response.WriteAsync(body);
    }
}

public sealed class ClientTests
{
    static readonly DateOnly first = new(2025, 6, 1);
    static readonly DateOnly last = new(2025, 6, 30);

    static PoliteClient Client() => new(TimeSpan.Zero, firstDelay: TimeSpan.FromMilliseconds(1));

    [Fact]
    public async Task Arxiv_is_asked_page_by_page()
    {
        await using RecordedServer server = await RecordedServer.Start((200, TestData.Read("arxiv-answer.xml"), null), (200, TestData.Read("arxiv-answer-2.xml"), null));
        using PoliteClient client = Client();
        IReadOnlyList<SourceEntry> entries = await new ArxivClient(client, server.Address).Since("abs:quantization", first, last, 2, TestContext.Current.CancellationToken);
        entries.Select(entry => entry.Arxiv).ShouldBe(["2506.00011", "2506.00012"]);
        server.Asked.ShouldHaveSingleItem().Query.ShouldBe("?search_query=(abs:quantization) AND submittedDate:[202506010000 TO 202506302359]&start=0&max_results=2&sortBy=submittedDate&sortOrder=descending");
        server.Asked[0].Agent.ShouldStartWith("shoestring/");
        client.BytesReceived.ShouldBe(System.Text.Encoding.UTF8.GetByteCount(TestData.Read("arxiv-answer.xml")));
    }

    [Fact]
    public async Task A_fault_that_passes_is_asked_again_and_one_that_stays_is_told()
    {
        await using RecordedServer server = await RecordedServer.Start((503, "", "0"), (429, "", "0"), (200, TestData.Read("arxiv-answer-2.xml"), null), (404, "", null));
        using PoliteClient client = Client();
        var arxiv = new ArxivClient(client, server.Address);
        (await arxiv.Named(["2306.00978"], TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Title.ShouldStartWith("AWQ");
        server.Asked.Count.ShouldBe(3);
        server.Asked[0].Query.ShouldContain("id_list=2306.00978");
        InputException fault = await Should.ThrowAsync<InputException>(() => arxiv.Named(["1"], TestContext.Current.CancellationToken));
        fault.Message.ShouldContain("404");
    }

    [Fact]
    public async Task Openalex_is_asked_with_its_cursor()
    {
        await using RecordedServer server = await RecordedServer.Start((200, TestData.Read("openalex-answer.json"), null), (200, TestData.Read("openalex-answer-2.json"), null));
        using PoliteClient client = Client();
        IReadOnlyList<SourceEntry> entries = await new OpenAlexClient(client, server.Address, "a@example.org").Since("efficient, language models", first, last, 100, TestContext.Current.CancellationToken);
        entries.Count.ShouldBe(2);
        server.Asked.Count.ShouldBe(2);
        server.Asked[0].Query.ShouldBe("?filter=title_and_abstract.search:efficient  language models,from_publication_date:2025-06-01,to_publication_date:2025-06-30&per-page=100&cursor=*&mailto=a@example.org");
        server.Asked[1].Query.ShouldContain("cursor=IlsxLCAyXSI=");
    }

    [Fact]
    public async Task It_waits_between_questions()
    {
        await using RecordedServer server = await RecordedServer.Start((200, TestData.Read("arxiv-answer-2.xml"), null), (200, TestData.Read("arxiv-answer-2.xml"), null));
        var gap = TimeSpan.FromMilliseconds(300);
        using var client = new PoliteClient(gap);
        var arxiv = new ArxivClient(client, server.Address);
        await arxiv.Named(["2306.00978"], TestContext.Current.CancellationToken);
        long answered = TimeProvider.System.GetTimestamp();
        await arxiv.Named(["2306.00978"], TestContext.Current.CancellationToken);
        TimeProvider.System.GetElapsedTime(answered).ShouldBeGreaterThan(gap * 0.9);
    }

    [Fact]
    public async Task Nobody_there_is_told_in_one_line()
    {
        using PoliteClient client = Client();
        InputException fault = await Should.ThrowAsync<InputException>(() => new ArxivClient(client, new Uri("http://127.0.0.1:1/api")).Named(["1"], TestContext.Current.CancellationToken));
        fault.Message.ShouldContain("127.0.0.1:1");
    }

    [Fact]
    public void An_update_holds_what_is_new_with_its_home_and_applies_by_import()
    {
        IReadOnlyList<Paper> known = Survey.Catalogue.BuiltIn();
        SourceEntry[] fetched =
        [
            .. ArxivAtom.Read(TestData.Read("arxiv-answer.xml"), "here"), .. ArxivAtom.Read(TestData.Read("arxiv-answer-2.xml"), "here"),
            .. OpenAlexJson.Read(TestData.Read("openalex-answer.json"), "here").Entries,
        ];
        IReadOnlyList<NewPaper> fresh = CatalogueUpdate.New(known, fetched, LeafClassifier.Train(known));
        fresh.Select(paper => paper.Paper.Key).Order(StringComparer.Ordinal).ShouldBe(["arxiv:2506.00011", "arxiv:2506.00012", "doi:10.1145/9999999.0000001"]);
        using var writer = new StringWriter();
        CatalogueUpdate.Write(fresh, writer);
        IReadOnlyList<SourceEntry> back = JsonLinesSource.Read(writer.ToString(), "update.jsonl");
        MergeReport merged = CatalogueMerge.Run(known, back, []);
        merged.Papers.Count.ShouldBe(known.Count + 3);
        Paper paper = merged.Papers.Single(one => one.Arxiv == "2506.00011");
        paper.Homes.ShouldHaveSingleItem().Name.ShouldBe("Quantization");
        paper.Provenance.ShouldContain(said => said.Field == "homes" && said.Value == "Quantization");
        paper.Authors.ShouldBe(["Ada Erste", "Bob Zweiter"]);
        fresh.Where(one => one.Found.Asks).ShouldAllBe(one => merged.Papers.Single(known => known.Key == one.Paper.Key).Homes.Count == 0);
    }
}
