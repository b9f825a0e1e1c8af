using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shoestring.Metering;

namespace Shoestring.Survey.Tests;

/// <summary>One request that the site got.</summary>
sealed record SeenRequest(string Url, IReadOnlyDictionary<string, string> Headers);

/// <summary>
/// A web server in this process that stands for every host named in tests: addresses such as <c>http://course.example/a.pdf</c> are
/// asked of it, so that expected manifests hold no port.
/// </summary>
sealed class TestSite : IAsyncDisposable
{
    readonly WebApplication server;
    readonly Dictionary<string, Func<HttpContext, Task>> routes = [];
    readonly ConcurrentQueue<SeenRequest> requests = new();

    TestSite(WebApplication server) => this.server = server;

    public static async Task<TestSite> StartAsync(Action<ListenOptions>? listen = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MinResponseDataRate = null;
            options.Listen(IPAddress.Loopback, 0, use => listen?.Invoke(use));
        });
        if (listen is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        var site = new TestSite(builder.Build());
        site.server.Run(site.AnswerAsync);
        await site.server.StartAsync();
        return site;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint End => new(IPAddress.Loopback, new Uri(server.Urls.First()).Port);

    /// <summary>What it was asked, in order.</summary>
    public IReadOnlyList<SeenRequest> Requests => [.. requests];

    /// <summary>How often an address was asked for.</summary>
    public int Count(string url) => requests.Count(request => request.Url == url);

    public void Forget() => requests.Clear();

    /// <summary>Answers an address; those without an answer are 404.</summary>
    public void On(string url, Func<HttpContext, Task> answer) => routes[url] = answer;

    public void On(string url, string type, byte[] body, params (string Name, string Value)[] headers) => On(url, context => SendAsync(context, type, body, headers));

    public void OnPage(string url, string html) => On(url, "text/html", Encoding.UTF8.GetBytes(html));

    public void OnPdf(string url, string words, params (string Name, string Value)[] headers) => On(url, "application/pdf", Pdf(words), headers);

    public void OnRedirect(string url, string location, int status = 302) => On(url, context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    });

    /// <summary>The least that passes for a PDF.</summary>
    public static byte[] Pdf(string words) => Encoding.Latin1.GetBytes($"%PDF-1.4\n{words}\n%%EOF\n");

    public static async Task SendAsync(HttpContext context, string type, byte[] body, params (string Name, string Value)[] headers)
    {
        context.Response.ContentType = type.Length > 0 ? type : null;
        context.Response.ContentLength = body.Length;
        foreach ((string name, string value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.Body.WriteAsync(body);
    }

    /// <summary>Sends a body with its tag; asked for with the tag it is unchanged, asked for its rest it is the rest.</summary>
    public static async Task SendTaggedAsync(HttpContext context, byte[] body, string tag)
    {
        context.Response.Headers.ETag = tag;
        context.Response.ContentType = "application/pdf";
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            context.Response.StatusCode = 304;
            return;
        }

        int from = 0;
        string range = context.Request.Headers.Range.ToString();
        if (range.StartsWith("bytes=", StringComparison.Ordinal) && context.Request.Headers.IfRange == tag)
        {
            from = int.Parse(range["bytes=".Length..].TrimEnd('-'));
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{body.Length - 1}/{body.Length}";
        }

        context.Response.ContentLength = body.Length - from;
        await context.Response.Body.WriteAsync(body.AsMemory(from), context.RequestAborted);
    }

    /// <summary>Options that harvest from this site as fast as it answers, with short waits.</summary>
    public HarvestOptions Options(string folder, params string[] urls) => new()
    {
        Addresses = [.. urls.Select(url => new Uri(url))],
        Folder = folder,
        Rate = null,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        Network = new NetworkMeter(),
        FindAddresses = (host, _) => Task.FromResult<IPAddress[]>([host.StartsWith("rebound", StringComparison.Ordinal) ? IPAddress.Loopback : IPAddress.Parse("93.184.215.14")]),
        Divert = (_, _) => End,
    };

    async Task AnswerAsync(HttpContext context)
    {
        string url = $"{context.Request.Scheme}://{context.Request.Host}{context.Features.Get<IHttpRequestFeature>()!.RawTarget}";
        requests.Enqueue(new SeenRequest(url, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())));
        if (routes.TryGetValue(url, out Func<HttpContext, Task>? answer))
        {
            await answer(context);
        }
        else
        {
            context.Response.StatusCode = 404;
            await SendAsync(context, "text/html", "<html>no such page</html>"u8.ToArray());
        }
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();
}
