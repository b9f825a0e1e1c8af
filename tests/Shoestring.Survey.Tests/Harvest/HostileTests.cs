using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Shoestring.Survey.Tests;

/// <summary>Servers that mean harm: what they can cost is bounded, and nothing is written outside the output folder.</summary>
public class HostileTests
{
    const string Page = "http://evil.example/";

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    static async Task<HarvestEntry> OneAsync(string link, Action<TestSite> prepare, Func<HarvestOptions, HarvestOptions>? change = null)
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.OnPage(Page, $"<a href='{link}'>file</a>");
        prepare(site);
        HarvestOptions options = site.Options(folder.Path, Page) with { Retries = 0 };
        HarvestResult result = await Harvester.RunAsync(change?.Invoke(options) ?? options, cancellation: Stop);
        folder.Beside.ShouldBeEmpty();
        foreach (string file in folder.Files)
        {
            file.ShouldMatch("^(manifest.jsonl|pdf/[^/]+)$");
        }

        return result.Entries.Single();
    }

    [Theory]
    [InlineData("http://127.0.0.1/a.pdf")]
    [InlineData("http://10.0.0.1/a.pdf")]
    [InlineData("http://192.168.0.1/a.pdf")]
    [InlineData("http://169.254.169.254/latest/meta-data.pdf")]
    [InlineData("http://[::1]/a.pdf")]
    [InlineData("http://[::ffff:7f00:1]/a.pdf")]
    [InlineData("http://localhost/a.pdf")]
    [InlineData("http://rebound.example/a.pdf")]
    public async Task A_redirect_into_this_machine_or_network_is_not_followed(string target)
    {
        HarvestEntry entry = await OneAsync("a.pdf", site =>
        {
            site.OnRedirect(Page + "a.pdf", target);
            site.OnPdf(target, "secret");
        });
        entry.Status.ShouldBe(HarvestStatus.Skipped);
        entry.Reason!.ShouldContain("refused without --allow-private");
    }

    [Fact]
    public async Task With_leave_private_addresses_are_asked()
    {
        HarvestEntry entry = await OneAsync("http://10.0.0.1/a.pdf", site => site.OnPdf("http://10.0.0.1/a.pdf", "own"), options => options with { AllowPrivate = true });
        entry.Status.ShouldBe(HarvestStatus.Kept);
    }

    [Fact]
    public async Task A_name_that_changes_its_address_between_two_look_ups_is_caught_at_the_connection()
    {
        int lookups = 0;
        HarvestEntry entry = await OneAsync("http://changing.example/a.pdf",
            site => site.On("http://changing.example/robots.txt", context =>
            {
                context.Response.Headers.Connection = "close";
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
            }),
            options => options with
            {
                FindAddresses = (host, _) => Task.FromResult<IPAddress[]>(
                    [host.StartsWith("changing", StringComparison.Ordinal) && Interlocked.Increment(ref lookups) > 1 ? IPAddress.Loopback : IPAddress.Parse("93.184.215.14")]),
            });
        entry.Reason.ShouldBe("changing.example at 127.0.0.1 is a loopback address, which is refused without --allow-private");
        lookups.ShouldBe(2);
    }

    [Fact]
    public async Task A_name_with_one_private_address_among_others_is_refused()
    {
        HarvestEntry entry = await OneAsync("http://mixed.example/a.pdf", site => site.OnPdf("http://mixed.example/a.pdf", "x"), options => options with
        {
            FindAddresses = (host, _) => Task.FromResult<IPAddress[]>(
                host.StartsWith("mixed", StringComparison.Ordinal) ? [IPAddress.Parse("93.184.215.14"), IPAddress.Parse("fd00::1")] : [IPAddress.Parse("93.184.215.14")]),
        });
        entry.Reason!.ShouldContain("a private address");
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://evil.example/a.pdf")]
    [InlineData("javascript:1")]
    public async Task A_redirect_out_of_the_web_is_not_followed(string target)
    {
        HarvestEntry entry = await OneAsync("a.pdf", site => site.OnRedirect(Page + "a.pdf", target));
        entry.Reason.ShouldBe("redirected to an address that is none of the web");
    }

    [Fact]
    public async Task A_chain_of_redirects_without_end_ends()
    {
        HarvestEntry entry = await OneAsync("0.pdf", site =>
        {
            for (int i = 0; i < 50; i++)
            {
                site.OnRedirect($"{Page}{i}.pdf", $"{i + 1}.pdf");
            }
        });
        entry.Reason.ShouldBe("more than 10 redirects");
    }

    [Fact]
    public async Task A_gzip_bomb_is_stopped_by_its_ratio()
    {
        HarvestEntry entry = await OneAsync("a.pdf", site => site.On(Page + "a.pdf", context =>
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionMode.Compress))
            {
                gzip.Write("%PDF-1.4\n"u8);
                gzip.Write(new byte[64 << 20]);
            }

            return TestSite.SendAsync(context, "application/pdf", packed.ToArray(), ("Content-Encoding", "gzip"));
        }));
        entry.Reason!.ShouldContain("a decompression bomb");
    }

    [Fact]
    public async Task A_page_that_is_a_bomb_costs_no_more_than_a_page_may()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.On(Page, context =>
        {
            using var packed = new MemoryStream();
            using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest))
            {
                brotli.Write(new byte[64 << 20]);
            }

            return TestSite.SendAsync(context, "text/html", packed.ToArray(), ("Content-Encoding", "br"));
        });
        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page) with { MaxPageBytes = 1_000_000 }, cancellation: Stop);
        result.Entries.ShouldBeEmpty();
        result.Warnings.ShouldHaveSingleItem().ShouldContain("1000000 bytes");
    }

    [Theory]
    [InlineData("gzip", "not gzip at all")]
    [InlineData("br", "not brotli at all, which shows soon")]
    [InlineData("zstd", "whatever")]
    [InlineData("gzip, gzip", "whatever")]
    public async Task A_broken_or_unknown_coding_is_a_fault(string coding, string body)
    {
        HarvestEntry entry = await OneAsync("a.pdf", site => site.On(Page + "a.pdf", "application/pdf", Encoding.Latin1.GetBytes(body), ("Content-Encoding", coding)));
        entry.Status.ShouldBe(HarvestStatus.Failed);
        entry.HttpStatus.ShouldBe(200);
    }

    [Fact]
    public async Task A_page_of_a_million_links_gives_as_many_as_are_taken()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.On(Page, async context =>
        {
            context.Response.ContentType = "text/html";
            var lines = new StringBuilder();
            for (int i = 0; i < 1_000_000; i++)
            {
                lines.Append("<a href=").Append(i).Append(".pdf>");
            }

            await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(lines.ToString()), context.RequestAborted);
        });
        HarvestOptions options = site.Options(folder.Path, Page) with { MaxFiles = 20, DryRun = true };
        HarvestResult result = await Harvester.RunAsync(options, cancellation: Stop);
        result.Count(HarvestStatus.Planned).ShouldBe(20);
        result.Entries.Count.ShouldBe(options.MaxLinksPerPage);
        result.Warnings.ShouldHaveSingleItem().ShouldContain("more than the 20000 links");
        result.IsWhole.ShouldBeFalse();
    }

    [Fact]
    public async Task A_site_of_endless_pages_ends_at_the_number_of_pages()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        for (int i = 0; i < 100; i++)
        {
            site.OnPage(i == 0 ? Page : $"{Page}{i}/", $"<a href='/{i + 1}/'>deeper</a>");
        }

        HarvestResult result = await Harvester.RunAsync(site.Options(folder.Path, Page) with { Depth = 100, MaxPages = 10 }, cancellation: Stop);
        result.Pages.ShouldBe(10);
        result.Warnings.ShouldHaveSingleItem().ShouldContain("--max-pages");
    }

    [Theory]
    [InlineData("/%2e%2e/%2e%2e/%2e%2e/a.pdf")]
    [InlineData("/..%5c..%5c..%5ca.pdf")]
    [InlineData("/%2fetc%2fcron.d%2fa.pdf")]
    [InlineData("/C%3A%5Cwindows%5Ca.pdf")]
    public async Task A_path_that_climbs_stays_below_the_folder(string path)
    {
        HarvestEntry entry = await OneAsync(path, site =>
        {
            string target = new Uri(new Uri(Page), path).AbsoluteUri;
            site.OnPdf(target, "x");
        });
        entry.Status.ShouldBe(HarvestStatus.Kept);
        entry.Path!.ShouldMatch("^pdf/[^/]*a\\.pdf$");
    }

    [Fact]
    public async Task A_body_shorter_than_its_length_is_no_file()
    {
        HarvestEntry entry = await RawAsync("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n%PDF-1.4\n" + new string('x', 5000));
        entry.Status.ShouldBe(HarvestStatus.Failed);
        entry.Reason.ShouldBe("the body ended before its length");
    }

    [Fact]
    public async Task A_body_longer_than_its_length_is_cut_there_and_told()
    {
        HarvestEntry entry = await RawAsync("HTTP/1.1 200 OK\r\nContent-Length: 1200\r\n\r\n%PDF-1.4\n" + new string('x', 5000));
        entry.Bytes.ShouldBe(1200);
        entry.Warnings.ShouldHaveSingleItem().ShouldContain("%%EOF");
    }

    [Theory]
    [InlineData("no http at all\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n%PDF-")]
    [InlineData("HTTP/1.1 301 Moved\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n\u001f\u008b")]
    [InlineData("")]
    public async Task An_answer_that_is_none_is_a_fault(string answer) => (await RawAsync(answer)).Status.ShouldBe(HarvestStatus.Failed);

    /// <summary>What becomes of a file whose server sends just this and closes the connection.</summary>
    static async Task<HarvestEntry> RawAsync(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(Stop);
            using var request = new StreamReader(client.GetStream(), leaveOpen: true);
            while (await request.ReadLineAsync(Stop) is { Length: > 0 })
            {
                // The request's head, which says nothing that matters here.
            }

            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), Stop);
        }, Stop);
        return await OneAsync("http://raw.example/a.pdf", _ => { }, options => options with
        {
            Robots = false,
            Divert = (host, port) => host == "raw.example" ? (IPEndPoint)listener.LocalEndpoint : options.Divert(host, port),
        });
    }

    [Fact]
    public async Task A_drip_is_given_up()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        HarvestEntry entry = await OneAsync("a.pdf", site => site.On(Page + "a.pdf", DripAsync), options => options with { StallTimeout = TimeSpan.FromMilliseconds(300) });
        entry.Reason.ShouldBe("the body comes slower than 256 bytes a second");
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        HarvestEntry entry = await OneAsync("a.pdf", site => site.On(Page + "a.pdf", context => Task.Delay(Timeout.Infinite, context.RequestAborted)),
            options => options with { AnswerTimeout = TimeSpan.FromMilliseconds(300) });
        entry.Reason.ShouldBe("no answer in 0.3 s");
    }

    [Fact]
    public async Task A_file_that_takes_too_long_is_given_up()
    {
        HarvestEntry entry = await OneAsync("a.pdf", site => site.On(Page + "a.pdf", DripAsync), options => options with { FileTimeout = TimeSpan.FromMilliseconds(300) });
        entry.Reason.ShouldBe("it took longer than 0.3 s");
    }

    [Fact]
    public async Task A_wait_without_end_is_not_waited_for()
    {
        HarvestEntry entry = await OneAsync("a.pdf", site => site.On(Page + "a.pdf", context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "999999";
            return Task.CompletedTask;
        }), options => options with { Retries = 3 });
        entry.Reason.ShouldBe("HTTP 503");
    }

    [Fact]
    public async Task Headers_without_end_are_a_fault()
    {
        HarvestEntry entry = await OneAsync("a.pdf", site => site.On(Page + "a.pdf", context =>
        {
            for (int i = 0; i < 1000; i++)
            {
                context.Response.Headers[$"X-{i}"] = new string('x', 1000);
            }

            return Task.CompletedTask;
        }));
        entry.Reason.ShouldBe("the server's answer is not understood");
    }

    [Fact]
    public async Task Secrets_for_the_given_site_go_nowhere_else()
    {
        await using TestSite site = await TestSite.StartAsync();
        using var folder = new TestFolder();
        site.OnPage(Page, "<a href='http://other.example/a.pdf'>a</a><a href='b.pdf'>b</a>");
        site.OnPdf("http://other.example/a.pdf", "a");
        site.OnRedirect(Page + "b.pdf", "http://third.example/b.pdf");
        site.OnPdf("http://third.example/b.pdf", "b");
        await Harvester.RunAsync(site.Options(folder.Path, Page) with { Headers = [new("Authorization", "Bearer secret"), new("Cookie", "session=1")] }, cancellation: Stop);
        SeenRequest[] own = [.. site.Requests.Where(request => request.Url.StartsWith(Page, StringComparison.Ordinal))];
        own.ShouldAllBe(request => request.Headers["Authorization"] == "Bearer secret" && request.Headers["Cookie"] == "session=1");
        site.Requests.Except(own).ShouldAllBe(request => !request.Headers.ContainsKey("Authorization") && !request.Headers.ContainsKey("Cookie"));
        File.ReadAllText(folder.At(".harvest/journal.jsonl")).ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_type_folder_that_is_a_link_is_not_written_through()
    {
        await using TestSite site = await TestSite.StartAsync();
        using TestFolder folder = new(), outside = new();
        site.OnPage(Page, "<a href='a.pdf'>a</a>");
        site.OnPdf(Page + "a.pdf", "a");
        Directory.CreateDirectory(folder.Path);
        Directory.CreateDirectory(outside.Path);
        Directory.CreateSymbolicLink(folder.At("pdf"), outside.Path);
        var fault = await Should.ThrowAsync<Tensors.InputException>(() => Harvester.RunAsync(site.Options(folder.Path, Page), cancellation: Stop));
        fault.Message.ShouldContain("it is a link");
        Directory.EnumerateFileSystemEntries(outside.Path).ShouldBeEmpty();
    }

    static async Task DripAsync(HttpContext context)
    {
        context.Response.ContentType = "application/pdf";
        await context.Response.Body.WriteAsync("%PDF-1.4\n"u8.ToArray());
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync("x"u8.ToArray(), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(50, context.RequestAborted);
        }
    }
}
