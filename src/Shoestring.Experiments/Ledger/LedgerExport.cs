using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shoestring.Metering;

namespace Shoestring.Experiments;

/// <summary>The ledger as a table or a document for other programs.</summary>
public static class LedgerExport
{
    /// <summary>
    /// Comma-separated values (RFC 4180) with a heading: each figure and, beside it, its source. An unavailable figure is an
    /// empty field.
    /// </summary>
    public static void WriteCsv(IEnumerable<LedgerEntry> entries, TextWriter writer)
    {
        Row(writer, ["id", "time", "verb", "model", "machine", "promptTokens", "generatedTokens", "sequences",
            .. LedgerColumns.All.SelectMany(column => new[] { column.Name, column.Name + "Source" })]);
        foreach (LedgerEntry entry in entries)
        {
            Row(writer, [Number(entry.Id), Time(entry), entry.Verb, entry.Model ?? "", entry.Machine, .. Work(entry.Receipt?.Work),
                .. LedgerColumns.All.SelectMany(column => Cells(entry.Receipt is { } receipt ? column.Figure(receipt) : null))]);
        }
    }

    /// <summary>A JSON array of entries, each with its whole receipt.</summary>
    public static void WriteJson(IEnumerable<LedgerEntry> entries, Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartArray();
        foreach (LedgerEntry entry in entries)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", entry.Id);
            writer.WriteString("time", Time(entry));
            writer.WriteString("verb", entry.Verb);
            writer.WriteString("model", entry.Model);
            writer.WriteString("machine", entry.Machine);
            writer.WritePropertyName("receipt");
            Receipt(writer, entry);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    // A receipt of a schema that is not read here goes out as the text that it is.
    static void Receipt(Utf8JsonWriter writer, LedgerEntry entry)
    {
        if (entry.Receipt is { } receipt)
        {
            JsonSerializer.Serialize(writer, receipt, ReceiptJson.Plain.ReceiptInfo);
        }
        else
        {
            writer.WriteStringValue(entry.Json);
        }
    }

    static IEnumerable<string> Work(Work? work) => work is null ? ["", "", ""]
        : [Number(work.PromptTokens), Number(work.GeneratedTokens), Number(work.Sequences)];

    static string[] Cells(Figure? figure) => figure is null ? ["", ""]
        : [figure.Value?.ToString("R", CultureInfo.InvariantCulture) ?? "", FigureText.Name(figure.Source)];

    static string Time(LedgerEntry entry) => entry.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    static void Row(TextWriter writer, IEnumerable<string> fields) => writer.Write(string.Join(',', fields.Select(Quoted)) + "\r\n");

    static string Quoted(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
