using System.Text;

namespace Shoestring.Survey.Tests;

/// <summary>Harvests that are interrupted and taken up, and harvests of what has changed.</summary>
public class ResumeTests
{
    const string Page = "http://course.example/";
    const int Files = 60;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static async Task<TestSite> SiteAsync()
    {
        TestSite site = await TestSite.StartAsync();
        site.OnPage(Page, string.Concat(Enumerable.Range(0, Files).Select(i => $"<a href='{i % 7}/lecture{i % 11}.pdf?n={i}'>{i}</a>")) + "<a href=missing.pdf>m</a><a href=untold>u</a>");
        site.OnPage(Page + "untold", "no file");
        for (int i = 0; i < Files; i++)
        {
            byte[] body = TestSite.Pdf($"{i % 50} " + new string('x', i % 3 == 0 ? 300_000 : 3000));
            string tag = $"\"{i}\"";
            site.On($"{Page}{i % 7}/lecture{i % 11}.pdf?n={i}", context => TestSite.SendTaggedAsync(context, body, tag));
        }

        return site;
    }

    [Fact]
    public async Task Interrupted_at_random_moments_it_comes_to_the_same_manifest_and_asks_for_nothing_twice_that_it_has()
    {
        await using TestSite site = await SiteAsync();
        using TestFolder whole = new(), broken = new();
        await Harvester.RunAsync(site.Options(whole.Path, Page), cancellation: Stop);
        site.Forget();
        string journal = broken.At(".harvest/journal.jsonl");
        int runs = 0;
        for (bool done = false; !done; runs++)
        {
            string[] fetched = File.Exists(journal) ? Events(journal, "fetched") : [];
            int before = site.Requests.Count;
            done = await CameToItsEndAsync(site.Options(broken.Path, Page) with { PerHost = 3 }, runs < 20 ? 3 + (runs * 5 % 11) : int.MaxValue);
            site.Requests.Skip(before).Select(request => request.Url["http://".Length..]).Intersect(fetched).ShouldBeEmpty();
        }

        runs.ShouldBeGreaterThan(3);
        broken.Manifest.ShouldBe(whole.Manifest);
        broken.Files.ShouldBe(whole.Files);
        foreach (string file in whole.Files)
        {
            File.ReadAllBytes(broken.At(file)).ShouldBe(File.ReadAllBytes(whole.At(file)), file);
        }

        broken.Parts.ShouldBeEmpty();
        site.Requests.Count(request => request.Url.Contains(".pdf?", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(Files + (3 * runs));
    }

    static async Task<bool> CameToItsEndAsync(HarvestOptions options, int settled)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        int count = 0;
        try
        {
            await Harvester.RunAsync(options, new Callback(_ =>
            {
                if (++count == settled)
                {
                    stop.Cancel();
                }
            }), stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            Stop.ThrowIfCancellationRequested();
            return false;
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    public async Task A_journal_cut_anywhere_is_taken_up(int cut)
    {
        await using TestSite site = await SiteAsync();
        using TestFolder whole = new(), broken = new();
        await Harvester.RunAsync(site.Options(whole.Path, Page), cancellation: Stop);
        await Harvester.RunAsync(site.Options(broken.Path, Page), cancellation: Stop);
        string journal = broken.At(".harvest/journal.jsonl");
        byte[] bytes = File.ReadAllBytes(journal);
        File.WriteAllBytes(journal, bytes[..(bytes.Length / 2 + cut)]);
        await Harvester.RunAsync(site.Options(broken.Path, Page), cancellation: Stop);
        broken.Manifest.ShouldBe(whole.Manifest);
        broken.Files.ShouldBe(whole.Files);
    }

    [Fact]
    public async Task A_lost_journal_finds_the_files_again()
    {
        await using TestSite site = await SiteAsync();
        using var folder = new TestFolder();
        await Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop);
        (string manifest, string[] files) = (folder.Manifest, folder.Files);
        Directory.Delete(folder.At(".harvest"), recursive: true);
        await Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop);
        folder.Manifest.ShouldBe(manifest);
        folder.Files.ShouldBe(files);
    }

    [Fact]
    public async Task A_begun_body_is_gone_on_with_by_the_next_harvest()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        byte[] body = TestSite.Pdf(new string('x', 2_000_000));
        var got = new TaskCompletionSource();
        bool hang = true;
        site.OnPage(Page, "<a href=long.pdf>long</a>");
        site.On(Page + "long.pdf", async context =>
        {
            if (!hang)
            {
                await TestSite.SendTaggedAsync(context, body, "\"long\"");
                return;
            }

            context.Response.Headers.ETag = "\"long\"";
            context.Response.ContentType = "application/pdf";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.AsMemory(0, 1_000_000));
            await context.Response.Body.FlushAsync();
            got.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<HarvestResult> first = Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: stop.Token);
        await got.Task.WaitAsync(Stop);
        while (folder.Parts.Sum(part => new FileInfo(part).Length) < 1_000_000)
        {
            await Task.Delay(5, Stop);
        }

        stop.Cancel();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        hang = false;
        HarvestResult second = await Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop);
        second.IsResumed.ShouldBeTrue();
        second.IsWhole.ShouldBeTrue();
        File.ReadAllBytes(folder.At("pdf/long.pdf")).ShouldBe(body);
        SeenRequest rest = site.Requests[^1];
        rest.Headers["Range"].ShouldBe("bytes=1000000-");
        rest.Headers["If-Range"].ShouldBe("\"long\"");
    }

    [Fact]
    public async Task A_file_that_changed_takes_the_place_of_the_old_one()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.OnPage(Page, "<a href=a.pdf>a</a><a href=b/a.pdf>b</a><a href=c.pdf>c</a>");
        site.OnPdf(Page + "a.pdf", "one", ("ETag", "\"1\""));
        site.OnPdf(Page + "b/a.pdf", "two");
        site.On(Page + "c.pdf", context => TestSite.SendTaggedAsync(context, TestSite.Pdf("one"), "\"c\""));
        HarvestResult first = await Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop);
        first.Entries.Select(entry => (entry.Status, entry.Path)).ShouldBe(
            [(HarvestStatus.Kept, "pdf/a.pdf"), (HarvestStatus.Kept, "pdf/a-b.pdf"), (HarvestStatus.Duplicate, "pdf/a.pdf")]);

        // What the third shared with the first is gone, so it must come once more although its server says that it has not changed.
        site.OnPdf(Page + "a.pdf", "three", ("ETag", "\"2\""));
        HarvestResult second = await Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop);
        second.Entries.Select(entry => (entry.Status, entry.Path)).ShouldBe(
            [(HarvestStatus.Kept, "pdf/a.pdf"), (HarvestStatus.Kept, "pdf/a-b.pdf"), (HarvestStatus.Kept, "pdf/c.pdf")]);
        File.ReadAllBytes(folder.At("pdf/a.pdf")).ShouldBe(TestSite.Pdf("three"));
        File.ReadAllBytes(folder.At("pdf/c.pdf")).ShouldBe(TestSite.Pdf("one"));
    }

    [Fact]
    public async Task A_file_of_the_users_own_is_never_written_over()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.OnPage(Page, "<a href=a.pdf>a</a><a href=b.pdf>b</a>");
        site.OnPdf(Page + "a.pdf", "theirs");
        site.OnPdf(Page + "b.pdf", "the same");
        Directory.CreateDirectory(folder.At("pdf"));
        File.WriteAllText(folder.At("pdf/a.pdf"), "mine");
        File.WriteAllBytes(folder.At("pdf/b.pdf"), TestSite.Pdf("the same"));
        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop);
        File.ReadAllText(folder.At("pdf/a.pdf")).ShouldBe("mine");
        result.Entries[0].Path!.ShouldMatch("^pdf/a-[0-9a-f]{8}\\.pdf$");
        result.Entries[1].Path.ShouldBe("pdf/b.pdf");
    }

    [Fact]
    public async Task Two_harvests_of_one_folder_are_refused()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.OnPage(Page, "<a href=a.pdf>a</a>");
        site.OnPdf(Page + "a.pdf", "a");
        (Journal journal, _) = Journal.Open(HarvestFolder.Create(folder.Path).JournalFile, TimeProvider.System);
        using (journal)
        {
            var fault = await Should.ThrowAsync<Tensors.InputException>(() => Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop));
            fault.Cure.ShouldContain("wait for the harvest");
        }
    }

    [Fact]
    public async Task A_file_that_is_no_journal_is_told_with_its_line()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        string journal = HarvestFolder.Create(folder.Path).JournalFile;
        File.WriteAllText(journal, "{\"event\":\"end\"}\n{\"event\":\"kept\"}\n");
        var fault = await Should.ThrowAsync<Tensors.InputException>(() => Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop));
        fault.What.ShouldContain("line 2");
    }

    static string[] Events(string journal, string name) => [.. File.ReadLines(journal, Encoding.UTF8)
        .Where(line => line.EndsWith('}') && line.Contains($"\"event\":\"{name}\"", StringComparison.Ordinal))
        .Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()!)];

    sealed class Callback(Action<HarvestProgress> report) : IProgress<HarvestProgress>
    {
        public void Report(HarvestProgress value) => report(value);
    }
}
