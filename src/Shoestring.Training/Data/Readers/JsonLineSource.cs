using System.Text.Json;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A record of JSON on each line; blank lines are left out, and a line that is no JSON is a bad record.</summary>
sealed class JsonLineSource(string path, ReaderOptions options, BadRecords bad) : RecordSource
{
    static readonly JsonDocumentOptions Json = new() { MaxDepth = JsonLines.MaximumDepth };

    public override IEnumerable<SourceRecord> Read()
    {
        using LineReader lines = new(path, options.MaximumRecordBytes);
        while (Next(lines, out JsonDocument? document))
        {
            using (document)
            {
                if (document is not null)
                {
                    yield return new JsonRecord(document.RootElement, $"{path}:{lines.Line}");
                }
            }
        }
    }

    /// <summary>Reads a line; there is no document where it is blank or bad.</summary>
    bool Next(LineReader lines, out JsonDocument? document)
    {
        document = null;
        int before = lines.Line;
        try
        {
            if (!lines.TryRead(out ReadOnlyMemory<byte> line))
            {
                return false;
            }
            document = line.Span.ContainsAnyExcept(" \t\r"u8) ? JsonDocument.Parse(line, Json) : null;
        }
        catch (JsonException error)
        {
            bad.Report(new InputException($"the line is not sound JSON of at most {JsonLines.MaximumDepth} levels, from byte {error.BytePositionInLine} on",
                $"{path}:{lines.Line}", "write one JSON object on each line", error));
        }
        catch (InputException fault) when (lines.Line > before)
        {
            bad.Report(fault);
        }
        return true;
    }
}
