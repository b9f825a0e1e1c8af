using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly.Timeout;

namespace Shoestring.Survey;

/// <summary>One question for an address.</summary>
/// <param name="Address">What is asked for.</param>
/// <param name="Configure">Adds headers of its own.</param>
/// <param name="Permit">Says why an address, the first or one that a redirect leads to, is not asked, or null.</param>
sealed record WebQuestion(Uri Address, Action<HttpRequestMessage>? Configure = null, Func<Uri, CancellationToken, Task<string?>>? Permit = null);

/// <summary>Asks servers: politely, with redirects followed by hand so that each step is checked, over safe connections only.</summary>
sealed class HarvestClient : IDisposable
{
    readonly HarvestOptions options;
    readonly HostGates gates;
    readonly SocketsHttpHandler sockets;
    readonly HttpMessageInvoker invoker;
    readonly SemaphoreSlim places;
    readonly HashSet<string> ownSites;

    public HarvestClient(HarvestOptions options)
    {
        this.options = options;
        gates = new HostGates(options);
        places = new SemaphoreSlim(options.Parallel, options.Parallel);
        ownSites = [.. options.Addresses.Select(WebAddress.Site)];
        sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.AnswerTimeout,
            ConnectCallback = new SafeConnector(options).ConnectAsync,
            MaxConnectionsPerServer = options.PerHost,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            Proxy = new RemoteProxy(),
        };
        var polite = new PoliteHandler(gates, options, new ResilienceHandler(Resilience.Answers(options)) { InnerHandler = sockets });
        invoker = new HttpMessageInvoker(new ResilienceHandler(Resilience.Requests(options)) { InnerHandler = polite });
    }

    /// <summary>Keeps the requests to a site at least so far apart.</summary>
    public void SlowDown(Uri address, TimeSpan least) => gates.Of(address).SlowDown(least < options.MaxWait ? least : options.MaxWait);

    /// <summary>Asks, and follows redirects.</summary>
    /// <exception cref="HarvestFault">No answer, or none that may be followed.</exception>
    public async Task<WebAnswer> AskAsync(WebQuestion question, CancellationToken cancellation)
    {
        Uri address = question.Address;
        var visits = new Dictionary<string, int>();
        for (int step = 0; ; step++)
        {
            if (question.Permit is { } permit && await permit(address, cancellation).ConfigureAwait(false) is { } reason)
            {
                throw new HarvestFault(step == 0 ? reason : $"redirected to {address}: {reason}") { IsPolicy = true };
            }

            WebAnswer answer = await OneAsync(question, address, cancellation).ConfigureAwait(false);
            if (Redirect(answer) is not { } location)
            {
                return answer;
            }

            using (answer)
            {
                visits[address.AbsoluteUri] = visits.GetValueOrDefault(address.AbsoluteUri) + 1;
                address = Next(answer, location, visits, step);
            }
        }
    }

    Uri Next(WebAnswer answer, string location, Dictionary<string, int> visits, int step)
    {
        Uri next = WebAddress.Resolve(answer.Address, Utf8OfHeader(location), out LinkFault fault)
            ?? throw new HarvestFault(fault == LinkFault.Scheme ? "redirected to an address that is none of the web" : "redirected to no address", answer.Status);

        // Some servers set a cookie and send a visitor to the same address once more; twice is a circle.
        return visits.GetValueOrDefault(next.AbsoluteUri) >= 2 ? throw new HarvestFault("redirects lead in a circle", answer.Status)
            : step >= options.MaxRedirects ? throw new HarvestFault($"more than {options.MaxRedirects} redirects", answer.Status)
            : next;
    }

    async Task<WebAnswer> OneAsync(WebQuestion question, Uri address, CancellationToken cancellation)
    {
        HostGate gate = gates.Of(address);
        await gate.EnterAsync(cancellation).ConfigureAwait(false);
        bool placed = false;
        try
        {
            await places.WaitAsync(cancellation).ConfigureAwait(false);
            placed = true;
            HttpResponseMessage response = await SendAsync(question, address, cancellation).ConfigureAwait(false);
            return new WebAnswer(response, address, Leave);
        }
        catch
        {
            Leave();
            throw;
        }

        void Leave()
        {
            gate.Leave();
            if (placed)
            {
                places.Release();
            }
        }
    }

    async Task<HttpResponseMessage> SendAsync(WebQuestion question, Uri address, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        if (ownSites.Contains(WebAddress.Site(address)))
        {
            foreach ((string name, string value) in options.Headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        question.Configure?.Invoke(request);
        try
        {
            return await invoker.SendAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpRequestException or TimeoutRejectedException or IOException)
        {
            throw Fault(fault, options);
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            throw Fault(fault, options);
        }
    }

    static HarvestFault Fault(Exception fault, HarvestOptions options) => fault switch
    {
        HttpRequestException { InnerException: AddressRefused refused } => refused,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => new HarvestFault("the host's name is not found", null, fault),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new HarvestFault("no secure connection: the server's certificate is not trusted or it speaks no TLS", null, fault),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => new HarvestFault("the host does not take a connection", null, fault),
        HttpRequestException => new HarvestFault("the server's answer is not understood", null, fault),
        IOException => new HarvestFault("the connection broke", null, fault),
        _ => new HarvestFault($"no answer in {options.AnswerTimeout.TotalSeconds:0.#} s", null, fault),
    };

    static string? Redirect(WebAnswer answer)
    {
        bool moved = answer.Status is 301 or 302 or 303 or 307 or 308;
        return moved && answer.Header("Location") is { Length: > 0 } location ? location : null;
    }

    /// <summary>Headers come as Latin-1; many servers mean UTF-8.</summary>
    public static string Utf8OfHeader(string value)
    {
        if (value.All(char.IsAscii))
        {
            return value;
        }

        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(value);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? System.Text.Encoding.UTF8.GetString(bytes) : value;
    }

    public void Dispose()
    {
        invoker.Dispose();
        sockets.Dispose();
        places.Dispose();
        gates.Dispose();
    }

    /// <summary>The proxy that the environment names, but never for this machine itself.</summary>
    sealed class RemoteProxy : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => HttpClient.DefaultProxy.Credentials;
            set => HttpClient.DefaultProxy.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) => HttpClient.DefaultProxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
    }
}
