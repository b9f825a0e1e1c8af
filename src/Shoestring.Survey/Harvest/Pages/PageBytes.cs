using System.IO.Compression;

namespace Shoestring.Survey;

/// <summary>Reads a page, a sitemap or a feed into memory, no more of it than is allowed.</summary>
static class PageBytes
{
    /// <summary>Its bytes, and whether there are more; a sitemap that is itself a gzip file is unpacked.</summary>
    public static async Task<(byte[] Bytes, bool IsCut)> ReadAsync(WebAnswer answer, BodyStream body, ReadOnlyMemory<byte> head, HarvestOptions options, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        all.Write(head.Span);
        var buffer = new byte[32 << 10];
        bool cut = false;
        for (int read; !cut && (read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
        {
            cut = Add(all, buffer.AsSpan(0, read), options);
        }

        return IsGzip(head.Span) ? Unpacked(all, options, answer) : (all.ToArray(), cut);
    }

    /// <summary>Whether it may be a sitemap or a feed.</summary>
    public static bool IsXml(WebAnswer answer, ReadOnlySpan<byte> bytes) =>
        answer.MediaType.Contains("xml", StringComparison.Ordinal) || bytes.TrimStart("\uFEFF \t\r\n"u8).StartsWith("<?xml"u8);

    /// <summary>Whether bytes are a gzip file's.</summary>
    public static bool IsGzip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

    static (byte[] Bytes, bool IsCut) Unpacked(MemoryStream packed, HarvestOptions options, WebAnswer answer)
    {
        packed.Position = 0;
        using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        using var all = new MemoryStream();
        var buffer = new byte[32 << 10];
        try
        {
            bool cut = false;
            for (int read; !cut && (read = gzip.Read(buffer)) > 0;)
            {
                cut = Add(all, buffer.AsSpan(0, read), options);
            }

            return (all.ToArray(), cut);
        }
        catch (InvalidDataException fault)
        {
            throw new HarvestFault("the body's compression is broken", answer.Status, fault);
        }
    }

    // True when no more fits.
    static bool Add(MemoryStream all, ReadOnlySpan<byte> bytes, HarvestOptions options)
    {
        long room = options.MaxPageBytes - all.Length;
        all.Write(bytes[..(int)Math.Min(bytes.Length, room)]);
        return bytes.Length > room;
    }
}
