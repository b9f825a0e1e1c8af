using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Shoestring.Survey;

/// <summary>What a merge came to, as JSON.</summary>
public static class MergeReportJson
{
    static readonly JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes counts, conflicts, drops and mends into an object that is open.</summary>
    /// <param name="writer">Takes them.</param>
    /// <param name="report">What the merge came to.</param>
    /// <param name="before">How many papers there were before.</param>
    public static void Fields(Utf8JsonWriter writer, MergeReport report, long before)
    {
        writer.WriteNumber("before", before);
        writer.WriteNumber("papers", report.Papers.Count);
        Objects(writer, "sources", report.Counts, count =>
        {
            writer.WriteString("source", count.Source);
            writer.WriteNumber("in", count.In);
            writer.WriteNumber("new", count.New);
            writer.WriteNumber("merged", count.Merged);
            writer.WriteNumber("repeated", count.Repeated);
            writer.WriteNumber("dropped", count.Dropped);
        });
        Objects(writer, "conflicts", report.Conflicts, conflict => Conflict(writer, conflict));
        Objects(writer, "drops", report.Dropped, dropped => Dropped(writer, dropped));
        Objects(writer, "mends", report.Mends, mend => Mended(writer, mend.Entry, mend.Mend));
    }

    /// <summary>Writes every conflict, drop and mend, one a line.</summary>
    public static void Write(MergeReport report, TextWriter writer)
    {
        foreach (MergeConflict conflict in report.Conflicts)
        {
            Line(writer, "conflict", json => Conflict(json, conflict));
        }

        foreach (DroppedEntry dropped in report.Dropped)
        {
            Line(writer, "drop", json => Dropped(json, dropped));
        }

        foreach ((SourceEntry entry, Mend mend) in report.Mends)
        {
            Line(writer, "mend", json => Mended(json, entry, mend));
        }
    }

    static void Conflict(Utf8JsonWriter writer, MergeConflict conflict)
    {
        writer.WriteString("key", conflict.Key);
        writer.WriteString("field", conflict.Field);
        writer.WriteString("kept", conflict.Kept);
        writer.WriteString("other", conflict.Other);
        writer.WriteString("where", conflict.Where);
    }

    static void Dropped(Utf8JsonWriter writer, DroppedEntry dropped)
    {
        writer.WriteString("where", dropped.Entry.Where);
        writer.WriteString("title", dropped.Entry.Title);
        writer.WriteString("reason", dropped.Reason);
    }

    static void Mended(Utf8JsonWriter writer, SourceEntry entry, Mend mend)
    {
        writer.WriteString("where", entry.Where);
        writer.WriteString("field", mend.Field);
        writer.WriteString("from", mend.From);
        writer.WriteString("to", mend.To);
        writer.WriteString("why", mend.Why);
    }

    static void Line(TextWriter writer, string kind, Action<Utf8JsonWriter> fields)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            fields(json);
            json.WriteEndObject();
        }

        writer.Write(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
        writer.Write('\n');
    }

    static void Objects<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<T> fields)
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            writer.WriteStartObject();
            fields(item);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
