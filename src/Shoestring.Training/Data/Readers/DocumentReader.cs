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
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" => new RecordReader(new JsonLineSource(path, options, bad), options, bad),
            ".json" when StartsArray(path, options) => new RecordReader(new JsonArraySource(path, options), options, bad),
            ".json" => new RecordReader(new JsonLineSource(path, options, bad), options, bad),
            ".parquet" => new RecordReader(new ParquetSource(path, options), options, bad),
            _ when options.Format is RecordFormat.Detect or RecordFormat.Text => new PlainTextReader(path, options, bad),
            _ => new RecordReader(new JsonLineSource(path, options, bad), options, bad),
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
