using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// What happened when: one JSON document a line, only ever appended to. It is the archive of what was fetched, and after a kill it
/// says what is done. A last line that was cut off by a kill is dropped.
/// </summary>
sealed class Journal : IDisposable
{
    internal static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly SafeFileHandle handle, single;
    readonly TimeProvider clock;
    readonly Lock turn = new();
    readonly ArrayBufferWriter<byte> line = new();
    readonly Utf8JsonWriter writer;
    long length;

    Journal(SafeFileHandle handle, SafeFileHandle single, long length, TimeProvider clock)
    {
        this.handle = handle;
        this.single = single;
        this.length = length;
        this.clock = clock;
        writer = new Utf8JsonWriter(line, Json);
    }

    /// <summary>Opens the journal of a folder for writing, with what it knows.</summary>
    /// <exception cref="InputException">It is no journal, or another harvest writes it.</exception>
    public static (Journal Journal, JournalReader Known) Open(string path, TimeProvider clock)
    {
        SafeFileHandle? single = null, handle = null;
        try
        {
            // Held until the process ends, however it ends: two harvests of one folder would write over each other.
            single = File.OpenHandle(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var known = JournalReader.Read(stream, path);
            RandomAccess.SetLength(handle, known.WholeBytes);
            return (new Journal(handle, single, known.WholeBytes, clock), known);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InputException)
        {
            handle?.Dispose();
            single?.Dispose();
            if (fault is InputException)
            {
                throw;
            }

            throw new InputException($"the journal cannot be opened ({fault.Message.TrimEnd('.')})", path, "wait for the harvest that writes there, or choose another folder", fault);
        }
    }

    /// <summary>A harvest begins, or an interrupted one is taken up.</summary>
    public void Begin(string options) => Write("begin", null, json => json.WriteString("options", options));

    /// <summary>A harvest has come to its end.</summary>
    public void End()
    {
        Write("end", null, _ => { });
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>A long body begins whose rest may be asked for after an interruption.</summary>
    public void Started(string identity, string validator) => Write("started", identity, json => json.WriteString("validator", validator));

    /// <summary>A file is on the disk, whole and checked.</summary>
    public void Fetched(FetchedFile file) => Write("fetched", file.Identity, json =>
    {
        json.WriteString("url", file.Address.AbsoluteUri);
        json.WriteString("finalUrl", file.FinalAddress.AbsoluteUri);
        json.WriteString("type", file.Type.Name);
        json.WriteString("name", file.Name);
        json.WriteNumber("bytes", file.Bytes);
        json.WriteString("sha256", file.Sha256);
        json.WriteString("contentType", file.ContentType);
        json.WriteNumber("status", file.Status);
        json.WriteString("etag", file.Tag);
        json.WriteString("lastModified", file.LastModified);
        json.WriteStartArray("warnings");
        foreach (string warning in file.Warnings)
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
    });

    /// <summary>The server still has the file that is here.</summary>
    public void Unchanged(string identity) => Write("unchanged", identity, _ => { });

    /// <summary>A file gets its place.</summary>
    public void Kept(string identity, string path) => Write("kept", identity, json => json.WriteString("path", path));

    /// <summary>A file has the bytes of another, which has its place.</summary>
    public void Duplicate(string identity, string path) => Write("duplicate", identity, json => json.WriteString("path", path));

    /// <summary>An address gave no file.</summary>
    public void Failed(string identity, FetchOutcome.Fault fault) => Write("failed", identity, json =>
    {
        json.WriteString("reason", fault.Reason);
        json.WriteBoolean("policy", fault.IsPolicy);
        if (fault.Status is { } status)
        {
            json.WriteNumber("status", status);
        }
    });

    /// <summary>An address is neither a wanted file nor a page.</summary>
    public void Nothing(string identity) => Write("nothing", identity, _ => { });

    void Write(string name, string? identity, Action<Utf8JsonWriter> fields)
    {
        lock (turn)
        {
            line.ResetWrittenCount();
            writer.Reset();
            writer.WriteStartObject();
            writer.WriteString("event", name);
            writer.WriteString("time", clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            if (identity is not null)
            {
                writer.WriteString("id", identity);
            }

            fields(writer);
            writer.WriteEndObject();
            writer.Flush();
            line.Write("\n"u8);
            RandomAccess.Write(handle, line.WrittenSpan, length);
            length += line.WrittenCount;
        }
    }

    public void Dispose()
    {
        writer.Dispose();
        handle.Dispose();
        single.Dispose();
    }
}
