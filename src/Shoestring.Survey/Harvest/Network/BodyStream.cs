using System.IO.Compression;

namespace Shoestring.Survey;

/// <summary>Reads a body: watched for its speed as it comes, decoded, and stopped at a limit and at a bomb's ratio.</summary>
sealed class BodyStream : IAsyncDisposable
{
    // Text and slides compress 3 to 20 times; deflate's most is 1,032. Below the floor a high ratio does no harm.
    const long RatioFloor = 8 << 20;
    const int MaxRatio = 200;

    readonly WatchedStream wire;
    readonly Stream decoded;
    readonly bool coded;
    readonly long limit;
    readonly int status;
    readonly string limitName;
    long length;

    BodyStream(WatchedStream wire, Stream decoded, long limit, string limitName, int status)
    {
        this.status = status;
        this.wire = wire;
        this.decoded = decoded;
        this.limit = limit;
        this.limitName = limitName;
        coded = !ReferenceEquals(wire, decoded);
    }

    /// <summary>Whether the body came compressed.</summary>
    public bool IsCoded => coded;

    /// <summary>Opens an answer's body.</summary>
    /// <exception cref="HarvestFault">Its coding is not known.</exception>
    public static async Task<BodyStream> OpenAsync(WebAnswer answer, HarvestOptions options, long limit, string limitName, CancellationToken cancellation)
    {
        Stream body = await answer.Response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var wire = new WatchedStream(body, options);
        string coding = answer.Header("Content-Encoding").Trim().ToLowerInvariant();
        Stream decoded = coding switch
        {
            "" or "identity" => wire,
            "gzip" or "x-gzip" => new GZipStream(wire, CompressionMode.Decompress),
            "br" => new BrotliStream(wire, CompressionMode.Decompress),
            "deflate" => new ZLibStream(wire, CompressionMode.Decompress),
            _ => throw new HarvestFault($"the body is coded as '{Shortened(coding)}', which is not understood", answer.Status),
        };
        return new BodyStream(wire, decoded, limit, limitName, answer.Status);
    }

    /// <summary>The next bytes; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        int read;
        try
        {
            read = await decoded.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is InvalidDataException || (coded && fault is InvalidOperationException))
        {
            throw new HarvestFault("the body's compression is broken", status, fault);
        }
        catch (IOException fault)
        {
            throw new InterruptedBody("the body ended before its length", fault);
        }

        length += read;
        return length > limit ? throw new HarvestFault($"more than the {limit} bytes of {limitName}", status) { IsPolicy = true }
            : coded && length > RatioFloor && length > wire.Bytes * MaxRatio ? throw new HarvestFault($"the body swells to more than {MaxRatio} times its size: a decompression bomb", status)
            : read;
    }

    /// <summary>The whole body.</summary>
    public async Task<byte[]> ReadAllAsync(CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        var buffer = new byte[32 << 10];
        for (int read; (read = await ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    public ValueTask DisposeAsync() => decoded.DisposeAsync();

    static string Shortened(string text) => text.Length <= 40 ? text : text[..40];
}
