namespace Shoestring.Survey;

/// <summary>A server's answer whose body is still to be read; it holds its place among the host's requests until it is disposed.</summary>
sealed class WebAnswer(HttpResponseMessage response, Uri address, Action leave) : IDisposable
{
    bool left;

    public HttpResponseMessage Response { get; } = response;

    /// <summary>Where it came from, after redirects.</summary>
    public Uri Address { get; } = address;

    public int Status => (int)Response.StatusCode;

    /// <summary>The content type without its parameters, in lower case; empty where the server gives none.</summary>
    public string MediaType => Header("Content-Type").Split(';')[0].Trim().ToLowerInvariant();

    /// <summary>The charset of the content type, or null.</summary>
    public string? Charset => Header("Content-Type").Split(';').Skip(1).Select(part => part.Trim())
        .Where(part => part.StartsWith("charset=", StringComparison.OrdinalIgnoreCase)).Select(part => part["charset=".Length..].Trim('"', '\'', ' ')).FirstOrDefault();

    /// <summary>The strong entity tag, or null: a weak one does not say that bytes are the same.</summary>
    public string? StrongTag => Response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : null;

    /// <summary>The entity tag as it is asked with again, or null.</summary>
    public string? Tag => Response.Headers.ETag?.ToString();

    /// <summary>The header Last-Modified as the server wrote it, or null.</summary>
    public string? LastModified => Header("Last-Modified") is { Length: > 0 } text ? text : null;

    /// <summary>A header of the answer or of its content; empty where there is none. Broken ones come as they are.</summary>
    public string Header(string name) =>
        Response.Content.Headers.NonValidated.TryGetValues(name, out var content) ? content.ToString()
        : Response.Headers.NonValidated.TryGetValues(name, out var general) ? general.ToString() : "";

    public void Dispose()
    {
        Response.Dispose();
        if (!left)
        {
            left = true;
            leave();
        }
    }
}
