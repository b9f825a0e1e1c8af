using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shoestring.Cli.Tests;

public sealed class HarvestVerbTests : IDisposable
{
    readonly Tool tool = new();
    readonly HttpListener server = new();
    readonly Dictionary<string, byte[]> files = new()
    {
        ["/"] = "<a href=a.pdf>A</a> <a href=b/a.pdf>B</a>"u8.ToArray(),
        ["/a.pdf"] = "%PDF-1.4\na\n%%EOF\n"u8.ToArray(),
        ["/b/a.pdf"] = "%PDF-1.4\nb\n%%EOF\n"u8.ToArray(),
    };

    readonly string address;

    public HarvestVerbTests()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/";
        }

        server.Prefixes.Add(address);
        server.Start();
        _ = ServeAsync();
    }

    string Output => tool.At("out");

    public void Dispose()
    {
        server.Close();
        tool.Dispose();
    }

    Outcome Harvest(params string[] arguments) => tool.Run(["harvest", address, "-o", Output, "--allow-private", "--rate", "unlimited", .. arguments]);

    [Fact]
    public void A_page_is_harvested_and_the_receipt_has_the_bytes_received()
    {
        Outcome outcome = Harvest("--json");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Json.GetProperty("kept").GetInt32().ShouldBe(2);
        outcome.Json.GetProperty("keptBytes").GetInt64().ShouldBe(34);
        outcome.Json.GetProperty("receipt").GetProperty("communication").GetProperty("bytesReceived").GetProperty("value").GetDouble().ShouldBeGreaterThan(34);
        File.ReadAllBytes(Path.Combine(Output, "pdf", "a-b.pdf")).ShouldBe(files["/b/a.pdf"]);
        File.ReadLines(outcome.Json.GetProperty("manifest").GetString()!).Count().ShouldBe(2);
    }

    [Fact]
    public void A_partial_harvest_ends_with_1_and_says_what_is_missing()
    {
        files.Remove("/b/a.pdf");
        Outcome outcome = Harvest();
        outcome.Code.ShouldBe(1);
        outcome.Output.ShouldContain($"failed   {address}b/a.pdf: HTTP 404");
        outcome.Output.ShouldContain("1 files kept");
    }

    [Fact]
    public void A_page_without_a_file_ends_with_1()
    {
        files["/"] = "nothing"u8.ToArray();
        Outcome outcome = Harvest();
        outcome.Code.ShouldBe(1);
        outcome.Error.ShouldContain("no link to a file of type pdf or pptx was found");
    }

    [Fact]
    public void A_dry_run_lists_and_writes_nothing()
    {
        Outcome outcome = Harvest("--dry-run");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Output.ShouldContain($"would keep pdf/a-b.pdf  {address}b/a.pdf");
        Directory.Exists(Output).ShouldBeFalse();
    }

    [Fact]
    public void Ctrl_C_ends_with_130()
    {
        tool.Cancellation = new CancellationToken(canceled: true);
        Harvest().Code.ShouldBe(130);
    }

    [Fact]
    public void What_was_read_is_found_and_what_cannot_be_read_is_told()
    {
        files["/"] = "<a href=a.pdf>A</a> <a href=c.pdf>C</a>"u8.ToArray();
        files["/c.pdf"] = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "paper.pdf"));
        Outcome outcome = Harvest("--index");
        outcome.Code.ShouldBe(0, outcome.Error);
        outcome.Error.ShouldContain("the text of pdf/a.pdf is not in the index");
        Outcome found = tool.Run("harvest", "-o", Output, "--find", "momentum");
        found.Code.ShouldBe(0, found.Error);
        found.Output.ShouldContain("pdf/c.pdf, page 2: Momentum and decay");
        tool.Run("harvest", "-o", Output, "--find", "absent").Code.ShouldBe(1);
    }

    [Theory]
    [InlineData("no address is given")]
    [InlineData("ftp://x.example/: it is no address of the web", "ftp://x.example/")]
    [InlineData("slides.html: it is no address of the web", "slides.html")]
    [InlineData("it is a loopback address; give --allow-private", "http://127.0.0.1/")]
    [InlineData("--max-bytes: 'much' is no number of bytes", "http://x.example/", "--max-bytes", "much")]
    [InlineData("--rate: '0' is no rate", "http://x.example/", "--rate", "0")]
    [InlineData("--cross-host: 'some' is not known", "http://x.example/", "--cross-host", "some")]
    [InlineData("--types: 'p/df' is no type of file", "http://x.example/", "--types", "p/df")]
    [InlineData("--header: it has no colon", "http://x.example/", "--header", "Authorization")]
    [InlineData("--find: it looks into what was harvested", "http://x.example/", "--find", "a")]
    public void Wrong_input_is_told_in_one_line(string expected, params string[] arguments) =>
        tool.Run(["harvest", .. arguments, "-o", Output, "--quiet"]).Fault.ShouldContain(expected);

    [Theory]
    [InlineData("1", 1)]
    [InlineData("500kB", 500_000)]
    [InlineData("1.5GB", 1_500_000_000)]
    [InlineData("2TB", 2_000_000_000_000)]
    public void Bytes_are_read_in_powers_of_ten(string text, long expected) => ByteAmounts.Parse(text, "--max-bytes").ShouldBe(expected);

    async Task ServeAsync()
    {
        while (server.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await server.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            string path = context.Request.RawUrl!;
            bool known = files.TryGetValue(path, out byte[]? body);
            context.Response.StatusCode = known ? 200 : 404;
            context.Response.ContentType = path.EndsWith(".pdf", StringComparison.Ordinal) && known ? "application/pdf" : "text/html";
            await context.Response.OutputStream.WriteAsync(body ?? Encoding.ASCII.GetBytes("none"));
            context.Response.Close();
        }
    }
}
