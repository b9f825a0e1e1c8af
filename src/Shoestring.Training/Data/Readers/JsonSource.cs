using System.Text.Json;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A file of JSON records.</summary>
abstract class JsonSource(string path)
{
    public string Path { get; } = path;

    /// <summary>The records with the lines on which they begin, from 1. A record lasts until the next is asked for.</summary>
    public abstract IEnumerable<(int Line, JsonElement Record)> Read();
}

/// <summary>A record on each line; blank lines are left out, and a line that is no JSON is a bad record.</summary>
sealed class JsonLineSource(string path, ReaderOptions options, BadRecords bad) : JsonSource(path)
{
    static readonly JsonDocumentOptions Json = new() { MaxDepth = JsonLines.MaximumDepth };

    public override IEnumerable<(int Line, JsonElement Record)> Read()
    {
        using LineReader lines = new(Path, options.MaximumRecordBytes);
        while (Next(lines, out JsonDocument? document))
        {
            using (document)
            {
                if (document is not null)
                {
                    yield return (lines.Line, document.RootElement);
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
                $"{Path}:{lines.Line}", "write one JSON object on each line", error));
        }
        catch (InputException fault) when (lines.Line > before)
        {
            bad.Report(fault);
        }
        return true;
    }
}
