namespace Shoestring.Cli;

/// <summary>The ledger in JSON.</summary>
static class LedgerFields
{
    /// <summary>Writes the document's fields.</summary>
    public static void Write(Utf8JsonWriter writer, string path, IReadOnlyList<LedgerEntry> entries, IReadOnlyList<LedgerTotal> totals)
    {
        writer.WriteString("path", path);
        using (var stream = new MemoryStream())
        {
            LedgerExport.WriteJson(entries, stream);
            writer.WritePropertyName("entries");
            writer.WriteRawValue(stream.GetBuffer().AsSpan(0, (int)stream.Length));
        }

        writer.Objects("totals", totals, total =>
        {
            writer.WriteString("name", total.Name);
            writer.Number("value", total.Value);
            writer.WriteString("unit", total.Unit);
            writer.WriteNumber("included", total.Included);
            writer.WriteNumber("unavailable", total.Unavailable);
        });
    }
}
