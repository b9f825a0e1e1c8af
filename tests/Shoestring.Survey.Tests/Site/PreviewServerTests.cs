using System.Net;
using System.Net.Sockets;
using Shoestring.Tensors;

namespace Shoestring.Survey.Tests;

public sealed class PreviewServerTests : IAsyncLifetime
{
    readonly string parent = Directory.CreateTempSubdirectory("shoestring-preview-").FullName;
    readonly CancellationTokenSource stop = new();
    readonly HttpClient client = new();
    PreviewServer? server;
    Task? running;

    public ValueTask InitializeAsync()
    {
        string folder = Path.Combine(parent, "site");
        StaticSite.Write([], folder, new SiteOptions());
        File.WriteAllText(Path.Combine(parent, "secret.txt"), "secret");
        server = new PreviewServer(folder, FreePort());
        running = server.Run(stop.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running!;
        server!.Dispose();
        client.Dispose();
        stop.Dispose();
        Directory.Delete(parent, recursive: true);
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    [Theory]
    [InlineData("", "text/html")]
    [InlineData("papers/", "text/html")]
    [InlineData("techniques/gptq.html", "text/html")]
    [InlineData("assets/site.css", "text/css")]
    [InlineData("papers/search-1.js", "text/javascript")]
    [InlineData("feed.xml", "application/xml")]
    public async Task Files_are_shown_as_what_they_are(string path, string type)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri(server!.Address, path), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe(type);
    }

    [Theory]
    [InlineData("nothing.html")]
    [InlineData("..%2Fsecret.txt")]
    [InlineData("%2e%2e/secret.txt")]
    [InlineData("..%5Csecret.txt")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData("index.html%00")]
    public async Task What_is_not_in_the_folder_is_not_found(string path)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri(server!.Address.AbsoluteUri + path), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldNotContain("secret");
    }

    [Fact]
    public async Task Nothing_but_reading_is_answered()
    {
        using HttpResponseMessage answer = await client.PostAsync(server!.Address, null, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Other_names_of_this_machine_are_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, server!.Address) { Headers = { Host = "rebound.example" } };
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeFalse();
    }

    [Fact]
    public void A_port_that_is_taken_is_told() => Should.Throw<InputException>(() => new PreviewServer(parent, server!.Address.Port)).Where.ShouldBe("--port");
}
