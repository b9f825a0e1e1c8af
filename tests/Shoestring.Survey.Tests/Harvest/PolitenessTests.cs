using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;

namespace Shoestring.Survey.Tests;

/// <summary>Rates, limits, hosts and options.</summary>
public class PolitenessTests
{
    const string Page = "http://course.example/";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static async Task<TestSite> SiteAsync(int files)
    {
        TestSite site = await TestSite.StartAsync();
        site.OnPage(Page, string.Concat(Enumerable.Range(0, files).Select(i => $"<a href={i}.pdf>{i}</a>")));
        for (int i = 0; i < files; i++)
        {
            site.OnPdf($"{Page}{i}.pdf", $"{i}".PadLeft(90));
        }

        return site;
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_a_host_is_to_have()
    {
        await using TestSite site = await SiteAsync(40);
        using var folder = new TestFolder();
        int now = 0, most = 0;
        for (int i = 0; i < 40; i++)
        {
            byte[] body = TestSite.Pdf($"{i}");
            site.On($"{Page}{i}.pdf", async context =>
            {
                int count = Interlocked.Increment(ref now);
                InterlockedMax(ref most, count);
                await Task.Delay(2);
                Interlocked.Decrement(ref now);
                await TestSite.SendAsync(context, "application/pdf", body);
            });
        }

        await Harvester.RunAsync(site.Options(folder.Path, Page) with { PerHost = 3 }, cancellation: Stop);
        most.ShouldBe(3);
    }

    [Fact]
    public async Task Requests_to_a_host_keep_their_distance()
    {
        var clock = new JumpingClock();
        using var gate = new HostGate(4, TimeSpan.FromSeconds(2), clock);
        foreach (double expected in (double[])[0, 2, 4])
        {
            await gate.TurnAsync(Stop);
            clock.Seconds.ShouldBe(expected);
        }

        gate.Pause(TimeSpan.FromSeconds(30));
        await gate.TurnAsync(Stop);
        clock.Seconds.ShouldBe(34);
        gate.SlowDown(TimeSpan.FromSeconds(10));
        await gate.TurnAsync(Stop);
        await gate.TurnAsync(Stop);
        clock.Seconds.ShouldBe(46);
    }

    [Theory]
    [InlineData(1000, 5, 5)]
    [InlineData(5, 1000, 5)]
    public async Task Limits_on_number_and_bytes_keep_the_first_files(int maxFiles, int filesOfBytes, int kept)
    {
        await using TestSite site = await SiteAsync(20);
        using var folder = new TestFolder();
        long size = TestSite.Pdf(new string(' ', 90)).Length;
        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page) with { MaxFiles = maxFiles, MaxBytes = (filesOfBytes * size) + 1 }, cancellation: Stop);
        result.Entries.Select(entry => entry.Status).ShouldBe(Enumerable.Range(0, 20).Select(i => i < kept ? HarvestStatus.Kept : HarvestStatus.Skipped));
        result.Entries[^1].Reason!.ShouldContain(maxFiles < 20 ? "--max-files" : "--max-bytes");
        folder.Files.Length.ShouldBe(kept + 1);
        folder.Parts.ShouldBeEmpty();
        result.IsWhole.ShouldBeFalse();
    }

    [Fact]
    public async Task A_dry_run_asks_for_pages_alone_and_writes_nothing()
    {
        await using TestSite site = await SiteAsync(5);
        using var folder = new TestFolder();
        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page) with { DryRun = true }, cancellation: Stop);
        result.Entries.Select(entry => (entry.Status, entry.Path)).ShouldBe(Enumerable.Range(0, 5).Select(i => (HarvestStatus.Planned, (string?)$"pdf/{i}.pdf")));
        site.Requests.Select(request => request.Url).ShouldBe([Page + "robots.txt", Page]);
        Directory.Exists(folder.Path).ShouldBeFalse();
    }

    [Fact]
    public async Task A_page_without_files_makes_no_folders_and_is_not_whole()
    {
        await using TestSite site = await SiteAsync(0);
        using var folder = new TestFolder();
        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop);
        result.IsWhole.ShouldBeFalse();
        folder.Files.ShouldBe(["manifest.jsonl"]);
        Directory.Exists(folder.At("pdf")).ShouldBeFalse();
        folder.Manifest.ShouldBe("");
    }

    [Theory]
    [InlineData(CrossHost.None, "a.pdf")]
    [InlineData(CrossHost.Files, "a.pdf b.pdf")]
    [InlineData(CrossHost.All, "a.pdf b.pdf c.pdf")]
    public async Task Other_hosts_are_asked_as_far_as_is_said(CrossHost policy, string expected)
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.OnPage(Page, "<a href=a.pdf>a</a><a href=http://other.example/b.pdf>b</a><a href=http://other.example/page.html>page</a>");
        site.OnPage("http://other.example/page.html", "<a href=c.pdf>c</a>");
        foreach (string url in (string[])[Page + "a.pdf", "http://other.example/b.pdf", "http://other.example/c.pdf"])
        {
            site.OnPdf(url, url);
        }

        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page) with { CrossHost = policy, Depth = 1 }, cancellation: Stop);
        string.Join(' ', result.Entries.Select(entry => entry.Path!["pdf/".Length..])).ShouldBe(expected);
    }

    [Theory]
    [InlineData("*lecture*", null, "lecture1.pdf lecture2.pdf")]
    [InlineData(null, "*2.pdf", "lecture1.pdf other.pdf")]
    [InlineData("*lecture*", "*1.pdf", "lecture2.pdf")]
    public async Task Patterns_choose(string? include, string? exclude, string expected)
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.OnPage(Page, "<a href=lecture1.pdf>1</a><a href=lecture2.pdf>2</a><a href=other.pdf>3</a>");
        HarvestOptions options = site.Options(folder.Path, Page) with { Include = include is null ? [] : [include], Exclude = exclude is null ? [] : [exclude], DryRun = true };
        HarvestResult result = await Harvester.RunAsync(options, cancellation: Stop);
        string.Join(' ', result.Entries.Select(entry => entry.Path!["pdf/".Length..])).ShouldBe(expected);
    }

    [Fact]
    public async Task Other_types_can_be_chosen()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        byte[] compound = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0];
        site.OnPage(Page, "<a href=a.PPT>a</a><a href=b.pps>b</a><a href=c.zip>c</a><a href=d.txt>d</a><a href=e.pdf>e</a>");
        site.On(Page + "a.PPT", "application/vnd.ms-powerpoint", compound);
        site.On(Page + "b.pps", "", [.. compound, 1]);
        site.On(Page + "c.zip", "application/zip", CourseSite.File("notslides.pptx"));
        site.On(Page + "d.txt", "text/plain", "words"u8.ToArray());
        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page) with { Types = ["ppt", ".PPS", "zip", "txt"] }, cancellation: Stop);
        result.IsWhole.ShouldBeTrue();
        folder.Files.ShouldBe(["manifest.jsonl", "pps/b.pps", "ppt/a.PPT", "txt/d.txt", "zip/c.zip"]);
    }

    [Fact]
    public async Task Pages_of_papers_are_taken_for_their_pdfs_when_asked_to()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.OnPage(Page, "<a href='http://arxiv.org/abs/2306.00978v1'>AWQ</a><a href='http://openreview.net/forum?id=abc'>R</a>");
        HarvestOptions options = site.Options(folder.Path, Page) with { Papers = true, DryRun = true };
        HarvestResult result = await Harvester.RunAsync(options, cancellation: Stop);
        result.Entries.Select(entry => entry.Url).ShouldBe(["https://arxiv.org/pdf/2306.00978", "https://openreview.net/pdf?id=abc"]);
        (await Harvester.RunAsync(options with { Papers = false }, cancellation: Stop)).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_site_whose_rules_cannot_be_read_is_left_alone()
    {
        await using TestSite site = await SiteAsync(1);
        using var folder = new TestFolder();
        site.On(Page + "robots.txt", context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page) with { Retries = 0 }, cancellation: Stop);
        result.Entries.Single().Reason.ShouldBe("the site's robots.txt cannot be read, so nothing may be asked for: HTTP 500");
        result = await Harvester.RunAsync(site.Options(folder.Path, Page) with { Retries = 0, Robots = false }, cancellation: Stop);
        result.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_is_told()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=course.example", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        await using TestSite site = await TestSite.StartAsync(listen => listen.UseHttps(certificate));
        using var folder = new TestFolder();
        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, "https://course.example/a.pdf") with { Robots = false }, cancellation: Stop);
        result.Entries.Single().Reason.ShouldBe("no secure connection: the server's certificate is not trusted or it speaks no TLS");
        site.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Cookies_that_a_site_sets_come_back_to_it()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.On(Page, context => TestSite.SendAsync(context, "text/html", "<a href=a.pdf>a</a>"u8.ToArray(), ("Set-Cookie", "session=5; Path=/")));
        site.OnPdf(Page + "a.pdf", "a");
        await Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop);
        site.Requests[^1].Headers["Cookie"].ShouldBe("session=5");
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://[::1]/")]
    public async Task A_given_private_address_is_the_users_to_mend(string url)
    {
        using var folder = new TestFolder();
        var options = new HarvestOptions { Addresses = [new Uri(url)], Folder = folder.Path };
        var fault = await Should.ThrowAsync<Tensors.InputException>(() => Harvester.RunAsync(options, cancellation: Stop));
        fault.Cure.ShouldContain("--allow-private");
    }

    static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen; seen = most)
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    /// <summary>A clock on which every wait is over at once, and the time has passed.</summary>
    sealed class JumpingClock : TimeProvider
    {
        public double Seconds { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => TimeSpan.FromSeconds(Seconds).Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero)
            {
                Seconds += dueTime.TotalSeconds;
                dueTime = TimeSpan.Zero;
            }

            return System.CreateTimer(callback, state, dueTime, period);
        }
    }
}
