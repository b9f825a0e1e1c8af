using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>What a journal says: of every address the last word, and whether its last harvest came to an end.</summary>
sealed class JournalReader
{
    readonly Dictionary<string, JournalRecord> records = [];

    /// <summary>What the interrupted harvest looked for, or null when the last one came to its end.</summary>
    public string? Interrupted { get; private set; }

    /// <summary>Bytes up to the end of the last whole line.</summary>
    public long WholeBytes { get; private set; }

    /// <summary>By the addresses' identities.</summary>
    public IReadOnlyDictionary<string, JournalRecord> Records => records;

    /// <summary>Reads a journal.</summary>
    /// <exception cref="InputException">A line is none of a journal.</exception>
    public static JournalReader Read(Stream stream, string path)
    {
        var journal = new JournalReader();
        int number = 0;
        foreach (ReadOnlyMemory<byte> line in JsonLines.Whole(stream, path))
        {
            number++;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                journal.Take(document.RootElement);
            }
            catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException or FormatException)
            {
                throw new InputException($"line {number} is none of a harvest's journal", path, "move the file away to begin a new journal", fault);
            }

            journal.WholeBytes += line.Length + 1;
        }

        return journal;
    }

    /// <summary>Forgets what an interrupted harvest found out, but not the files that it fetched.</summary>
    public void BeginAnew()
    {
        foreach (JournalRecord record in records.Values)
        {
            record.Fresh = null;
        }
    }

    void Take(JsonElement line)
    {
        string name = line.GetProperty("event").GetString()!;
        if (name is "begin" or "end")
        {
            string? options = name == "begin" ? line.GetProperty("options").GetString() : null;
            if (options is null || options != Interrupted)
            {
                BeginAnew();
            }

            Interrupted = options;
            return;
        }

        string identity = line.GetProperty("id").GetString()!;
        if (!records.TryGetValue(identity, out JournalRecord? record))
        {
            records[identity] = record = new JournalRecord();
        }

        Take(record, name, identity, line);
    }

    static void Take(JournalRecord record, string name, string identity, JsonElement line)
    {
        switch (name)
        {
            case "started":
                record.PartValidator = line.GetProperty("validator").GetString();
                break;
            case "fetched":
                record.File = FileOf(identity, line);
                record.Path = null;
                record.PartValidator = null;
                record.Fresh = JournalState.Fetched;
                break;
            case "kept":
                record.Path = record.OwnPath = line.GetProperty("path").GetString();
                record.Fresh = JournalState.Kept;
                break;
            case "duplicate":
                record.Path = line.GetProperty("path").GetString();
                record.Fresh = JournalState.Kept;
                break;
            case "unchanged":
                record.Fresh = JournalState.Unchanged;
                break;
            case "nothing":
                record.Fresh = JournalState.Nothing;
                break;
            case "failed":
                record.Reason = line.GetProperty("reason").GetString();
                record.Status = line.TryGetProperty("status", out JsonElement status) ? status.GetInt32() : null;
                record.IsPolicy = line.GetProperty("policy").GetBoolean();
                record.Fresh = JournalState.Failed;
                break;
        }
    }

    static FetchedFile FileOf(string identity, JsonElement line) => new(
        identity, new Uri(Text(line, "url")!), new Uri(Text(line, "finalUrl")!), FileType.Of(Text(line, "type")!), Text(line, "name")!,
        line.GetProperty("bytes").GetInt64(), Text(line, "sha256")!, Text(line, "contentType")!, line.GetProperty("status").GetInt32(),
        Text(line, "etag"), Text(line, "lastModified"), [.. line.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetString()!)]);

    static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();
}
