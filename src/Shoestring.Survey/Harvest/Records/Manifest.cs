using System.Text;
using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// The manifest: one JSON document a line for each wanted file, in the order in which pages name them. It says what the output folder
/// holds and where each file is from, and no time: the same site gives the same bytes.
/// </summary>
public static class Manifest
{
    /// <summary>Its name in the output folder.</summary>
    public const string FileName = "manifest.jsonl";

    /// <summary>One line, without its end.</summary>
    public static string Line(HarvestEntry entry)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Journal.Json))
        {
            Write(writer, entry);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>One entry as a JSON document.</summary>
    public static void Write(Utf8JsonWriter writer, HarvestEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("url", entry.Url);
        WriteText(writer, "finalUrl", entry.FinalUrl);
        WriteText(writer, "page", entry.Page);
        WriteText(writer, "text", entry.Text.Length > 0 ? entry.Text : null);
        writer.WriteString("status", entry.Status.ToString().ToLowerInvariant());
        WriteText(writer, "reason", entry.Reason);
        WriteNumber(writer, "httpStatus", entry.HttpStatus);
        WriteText(writer, "type", entry.Type);
        WriteText(writer, "contentType", entry.ContentType);
        WriteText(writer, "path", entry.Path);
        WriteNumber(writer, "bytes", entry.Bytes);
        WriteText(writer, "sha256", entry.Sha256);
        WriteText(writer, "sameAs", entry.SameAs);
        if (entry.Warnings.Count > 0)
        {
            writer.WriteStartArray("warnings");
            foreach (string warning in entry.Warnings)
            {
                writer.WriteStringValue(warning);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes the manifest whole or not at all.</summary>
    internal static string Save(string folder, IReadOnlyList<HarvestEntry> entries)
    {
        string path = Path.Combine(folder, FileName);
        string temporary = Path.Combine(folder, HarvestFolder.StateName, FileName + ".tmp");
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                foreach (HarvestEntry entry in entries)
                {
                    file.Write(Encoding.UTF8.GetBytes(Line(entry) + "\n"));
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return path;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the manifest cannot be written ({fault.Message.TrimEnd('.')})", path, "free some space or choose another folder", fault);
        }
    }

    static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    static void WriteNumber(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }
}
