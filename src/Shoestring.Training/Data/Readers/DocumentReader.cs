using System.Text.Json;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Reads the documents of a file one after the other; one record at a time is in memory.</summary>
public abstract class DocumentReader
{
    /// <summary>The documents in the file's order. Each call reads the file from its beginning.</summary>
    /// <exception cref="InputException">The file cannot be read, or a record is bad and bad records are not passed over.</exception>
    public abstract IEnumerable<SourceDocument> Read();

    /// <summary>The reader for a file by its ending and, where that leaves a choice, its first record.</summary>
    /// <param name="path">A .txt (or any other text), .jsonl, .json or .parquet file.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="bad">Told of bad records.</param>
    /// <exception cref="InputException">The file cannot be read, or its records are of no known shape.</exception>
    public static DocumentReader Open(string path, ReaderOptions options, BadRecords bad)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(bad);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        return ending switch
        {
            ".jsonl" or ".ndjson" => new JsonDocumentReader(new JsonLineSource(path, options, bad), options, bad),
            ".json" => new JsonDocumentReader(StartsArray(path, options) ? new JsonArraySource(path, options) : new JsonLineSource(path, options, bad), options, bad),
            _ when options.Format is RecordFormat.Detect or RecordFormat.Text => new PlainTextReader(path, options, bad),
            _ => new JsonDocumentReader(new JsonLineSource(path, options, bad), options, bad),
        };
    }

    static bool StartsArray(string path, ReaderOptions options)
    {
        using LineReader lines = new(path, options.MaximumRecordBytes);
        try
        {
            while (lines.TryRead(out ReadOnlyMemory<byte> line))
            {
                ReadOnlySpan<byte> text = line.Span.TrimStart(" \t\r"u8);
                if (!text.IsEmpty)
                {
                    return text[0] == '[';
                }
            }
        }
        catch (InputException) when (lines.Line > 0)
        {
            // A first line that is too long is that of an array: JSON Lines would be refused for it, and an array has no lines to speak of.
            return true;
        }
        return false;
    }
}

/// <summary>Reads records of JSON in the shape that is asked for, or in that of the first record.</summary>
sealed class JsonDocumentReader(JsonSource source, ReaderOptions options, BadRecords bad) : DocumentReader
{
    public override IEnumerable<SourceDocument> Read()
    {
        RecordShape? shape = null;
        foreach ((int line, JsonElement record) in source.Read())
        {
            string where = $"{source.Path}:{line}";
            if (Attempt(() => (shape ??= RecordShape.For(record, options, where)).Read(record, where)) is { } document)
            {
                yield return document;
            }
        }
    }

    SourceDocument? Attempt(Func<SourceDocument> read)
    {
        try
        {
            return read();
        }
        catch (InputException fault)
        {
            bad.Report(fault);
            return null;
        }
    }
}
