using System.Net;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Shows a written site to a browser on this machine; it listens on loopback alone and answers only to the names of loopback.</summary>
public sealed class PreviewServer : IDisposable
{
    readonly HttpListener listener = new();
    readonly string folder;

    /// <param name="folder">The site's folder.</param>
    /// <param name="port">The port to listen on.</param>
    /// <exception cref="InputException">The port is taken.</exception>
    public PreviewServer(string folder, int port)
    {
        this.folder = Path.GetFullPath(folder);
        Address = new Uri($"http://127.0.0.1:{port}/");
        listener.Prefixes.Add(Address.AbsoluteUri);
        listener.Prefixes.Add($"http://localhost:{port}/");
        try
        {
            listener.Start();
        }
        catch (Exception fault) when (fault is HttpListenerException or System.Net.Sockets.SocketException)
        {
            listener.Close();
            throw new InputException($"port {port} cannot be listened on ({fault.Message.TrimEnd('.')})", "--port", "choose another one", fault);
        }
    }

    /// <summary>Where the site is shown.</summary>
    public Uri Address { get; }

    /// <summary>Answers requests until it is cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        using CancellationTokenRegistration stop = cancellation.Register(listener.Stop);
        while (!cancellation.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync().ConfigureAwait(false);
            }
            catch (Exception fault) when (cancellation.IsCancellationRequested && fault is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            await Answer(context).ConfigureAwait(false);
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose() => listener.Close();

    async Task Answer(HttpListenerContext context)
    {
        HttpListenerResponse response = context.Response;
        try
        {
            bool head = context.Request.HttpMethod == "HEAD";
            if (!head && context.Request.HttpMethod != "GET")
            {
                response.StatusCode = (int)HttpStatusCode.MethodNotAllowed;
                return;
            }

            string? file = Find(context.Request.Url);
            response.StatusCode = (int)(file is null ? HttpStatusCode.NotFound : HttpStatusCode.OK);
            byte[] bytes = await File.ReadAllBytesAsync(file ?? Path.Combine(folder, "404.html")).ConfigureAwait(false);
            response.ContentType = ContentType(file ?? ".html");
            response.Headers["Cache-Control"] = "no-store";
            response.Headers["X-Content-Type-Options"] = "nosniff";
            response.ContentLength64 = bytes.Length;
            if (!head)
            {
                await response.OutputStream.WriteAsync(bytes).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (fault is HttpListenerException or IOException)
        {
            // The browser went away, or the site is being written anew: this answer is lost, and the next request is answered.
            response.Abort();
        }
        finally
        {
            response.Close();
        }
    }

    // Only files below the folder: the path is unescaped once, and what climbs out of the folder is not found.
    string? Find(Uri? address)
    {
        string path = Uri.UnescapeDataString(address?.AbsolutePath ?? "/").TrimStart('/');
        if (path.Contains('\0', StringComparison.Ordinal) || path.Contains('\\', StringComparison.Ordinal))
        {
            return null;
        }

        string whole = Path.GetFullPath(Path.Combine(folder, path.Length == 0 || path.EndsWith('/') ? path + "index.html" : path));
        return whole.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) && File.Exists(whole) ? whole : null;
    }

    static string ContentType(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".xml" => "application/xml; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
}
