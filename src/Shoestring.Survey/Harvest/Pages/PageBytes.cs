using System.IO.Compression;

namespace Shoestring.Survey;

/// <summary>Reads a page, a sitemap or a feed into memory, no more of it than is allowed.</summary>
static class PageBytes
{
    /// <summary>All bytes; a sitemap that is itself a gzip file is unpacked.</summary>
    public static async Task<byte[]> ReadAsync(WebAnswer answer, BodyStream body, ReadOnlyMemory<byte> head, HarvestOptions options, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        all.Write(head.Span);
        var buffer = new byte[32 << 10];
        for (int read; (read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            Check(all.Length + read, options, answer);
            all.Write(buffer, 0, read);
        }

        return IsGzip(head.Span) ? Unpacked(all, options, answer) : all.ToArray();
    }

    /// <summary>Whether it may be a sitemap or a feed.</summary>
    public static bool IsXml(WebAnswer answer, ReadOnlySpan<byte> bytes) =>
        answer.MediaType.Contains("xml", StringComparison.Ordinal) || bytes.TrimStart("\uFEFF \t\r\n"u8).StartsWith("<?xml"u8);

    /// <summary>Whether bytes are a gzip file's.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

    static byte[] Unpacked(MemoryStream packed, HarvestOptions options, WebAnswer answer)
    {
        packed.Position = 0;
        using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        using var all = new MemoryStream();
        var buffer = new byte[32 << 10];
        try
        {
            for (int read; (read = gzip.Read(buffer)) > 0;)
            {
                Check(all.Length + read, options, answer);
                all.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException fault)
        {
            throw new HarvestFault("the body's compression is broken", answer.Status, fault);
        }

        return all.ToArray();
    }

    static void Check(long length, HarvestOptions options, WebAnswer answer)
    {
        if (length > options.MaxPageBytes)
        {
            throw new HarvestFault($"the page has more than {options.MaxPageBytes} bytes", answer.Status);
        }
    }
}
