using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>What a harvest came to, as text and as JSON.</summary>
static class HarvestReport
{
    /// <summary>Writes what people want to know: what is missing and why, then the count.</summary>
    public static void Write(TextWriter output, Session session, HarvestOptions options, HarvestResult result, IReadOnlyList<UnreadDocument>? unread)
    {
        foreach (HarvestEntry entry in result.Entries)
        {
            string? line = entry.Status switch
            {
                HarvestStatus.Failed => $"failed   {entry.Url}: {entry.Reason}",
                HarvestStatus.Skipped => $"skipped  {entry.Url}: {entry.Reason}",
                HarvestStatus.Planned => $"would keep {entry.Path}  {entry.Url}",
                _ => null,
            };
            if (line is not null)
            {
                output.WriteLine(OneLine.Of(line));
            }
        }

        foreach (UnreadDocument document in unread ?? [])
        {
            output.WriteLine(OneLine.Of($"unread   {document.Path}: {document.Reason}"));
        }

        output.WriteLine(Summary(options, result));
        if (result.Entries.Count == 0)
        {
            session.Warn($"no link to a file of type {string.Join(" or ", options.Types)} was found");
        }
    }

    /// <summary>Writes the fields of the JSON document.</summary>
    public static void Fields(Utf8JsonWriter writer, HarvestOptions options, HarvestResult result, IReadOnlyList<UnreadDocument>? unread)
    {
        writer.WriteString("folder", Path.GetFullPath(options.Folder));
        writer.WriteString("manifest", result.ManifestFile);
        writer.WriteNumber("pages", result.Pages);
        foreach (HarvestStatus status in Enum.GetValues<HarvestStatus>())
        {
            writer.WriteNumber(status.ToString().ToLowerInvariant(), result.Count(status));
        }

        writer.WriteNumber("fetched", result.Fetched);
        writer.WriteNumber("unchanged", result.Unchanged);
        writer.WriteNumber("keptBytes", result.KeptBytes);
        writer.WriteBoolean("resumed", result.IsResumed);
        Texts(writer, "warnings", result.Warnings);
        if (unread is not null)
        {
            Texts(writer, "unread", unread.Select(document => $"{document.Path}: {document.Reason}"));
        }

        // A manifest holds them already; a dry run leaves none.
        if (result.ManifestFile is null)
        {
            writer.WriteStartArray("entries");
            foreach (HarvestEntry entry in result.Entries)
            {
                Manifest.Write(writer, entry);
            }

            writer.WriteEndArray();
        }
    }

    /// <summary>Writes what was found in the index.</summary>
    public static void Write(TextWriter output, IReadOnlyList<DocumentHit> hits)
    {
        foreach (DocumentHit hit in hits)
        {
            output.WriteLine(OneLine.Of($"{hit.Path}, page {hit.Page}: {hit.Excerpt}"));
        }

        if (hits.Count == 0)
        {
            output.WriteLine("nothing found");
        }
    }

    /// <summary>Writes the same as JSON.</summary>
    public static void Fields(Utf8JsonWriter writer, IReadOnlyList<DocumentHit> hits)
    {
        writer.WriteStartArray("hits");
        foreach (DocumentHit hit in hits)
        {
            writer.WriteStartObject();
            writer.WriteString("path", hit.Path);
            writer.WriteString("url", hit.Url);
            writer.WriteString("title", hit.Title);
            writer.WriteNumber("page", hit.Page);
            writer.WriteString("excerpt", hit.Excerpt);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    static string Summary(HarvestOptions options, HarvestResult result)
    {
        if (options.DryRun)
        {
            return $"{result.Count(HarvestStatus.Planned)} files would be kept; {result.Pages} pages read, nothing written";
        }

        string others = Others(result, HarvestStatus.Duplicate, "with the bytes of another") + Others(result, HarvestStatus.Failed, "failed") + Others(result, HarvestStatus.Skipped, "skipped");
        string bytes = FigureText.Format(result.KeptBytes, Units.Bytes);
        return $"{result.Count(HarvestStatus.Kept)} files kept ({bytes}; {result.Fetched} fetched, {result.Unchanged} unchanged){others}; {result.ManifestFile}";
    }

    static string Others(HarvestResult result, HarvestStatus status, string words) => result.Count(status) is var count and > 0 ? $", {count} {words}" : "";

    static void Texts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (string text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
