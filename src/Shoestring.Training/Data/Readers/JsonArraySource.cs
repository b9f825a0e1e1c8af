using System.Text;
using System.Text.Json;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// One JSON array of records, read as a stream: as much of the file as its largest record is in memory. What is not JSON ends
/// the reading, since nothing says where the next record would begin.
/// </summary>
sealed class JsonArraySource(string path, ReaderOptions options) : RecordSource
{
    public override IEnumerable<SourceRecord> Read()
    {
        using JsonArrayStream stream = new(path, options.MaximumRecordBytes);
        while (stream.Next(out JsonDocument? document))
        {
            using (document)
            {
                yield return new JsonRecord(document!.RootElement, $"{path}:{stream.Line}");
            }
        }
    }
}

/// <summary>A position in a file that holds a JSON array.</summary>
sealed class JsonArrayStream : IDisposable
{
    enum Place
    {
        BeforeArray,
        InArray,
        AfterArray,
    }

    readonly string path;
    readonly int maximum;
    readonly FileStream file;
    byte[] buffer = new byte[1 << 16];
    int start, end, newLines;
    bool isFinished;
    Place place;
    JsonReaderState state = new(new JsonReaderOptions { MaxDepth = JsonLines.MaximumDepth });

    public JsonArrayStream(string path, int maximum)
    {
        (this.path, this.maximum) = (path, maximum);
        file = Attempt(() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0));
        Load();
        if (buffer.AsSpan(0, end).StartsWith(Encoding.UTF8.Preamble))
        {
            start = Encoding.UTF8.Preamble.Length;
        }
    }

    /// <summary>The line on which the record that was read last begins, from 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>The next record, or false at the array's end.</summary>
    /// <exception cref="InputException">The file is not one JSON array, or a record is too long.</exception>
    public bool Next(out JsonDocument? document)
    {
        document = null;
        while (true)
        {
            if (TryStep(ref document))
            {
                if (document is not null)
                {
                    return true;
                }
            }
            else if (isFinished)
            {
                return place == Place.AfterArray ? false : throw Wrong("the JSON array is cut off", null);
            }
            else
            {
                Load();
            }
        }
    }

    /// <summary>Reads a bracket or a record out of the buffer; false where that takes more bytes, or there are none.</summary>
    bool TryStep(ref JsonDocument? document)
    {
        var reader = new Utf8JsonReader(buffer.AsSpan(start, end - start), isFinished && place == Place.AfterArray, state);
        try
        {
            if (!reader.Read())
            {
                return false;
            }
            int tokenStart = (int)reader.TokenStartIndex;
            if (place == Place.BeforeArray)
            {
                place = reader.TokenType == JsonTokenType.StartArray ? Place.InArray : throw Wrong("it does not begin with a JSON array", null);
            }
            else if (reader.TokenType == JsonTokenType.EndArray)
            {
                place = Place.AfterArray;
            }
            else if (!JsonDocument.TryParseValue(ref reader, out document))
            {
                return false;
            }
            Advance(tokenStart, (int)reader.BytesConsumed, reader.CurrentState);
            return true;
        }
        catch (JsonException error)
        {
            throw Wrong($"it is not sound JSON of at most {JsonLines.MaximumDepth} levels after the record that begins on that line", error);
        }
    }

    void Advance(int tokenStart, int consumed, JsonReaderState next)
    {
        Line = 1 + newLines + buffer.AsSpan(start, tokenStart).Count((byte)'\n');
        newLines += buffer.AsSpan(start, consumed).Count((byte)'\n');
        start += consumed;
        state = next;
    }

    void Load()
    {
        if (end - start > maximum)
        {
            throw Wrong($"a record has more than {maximum} bytes", null);
        }
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, 2 * buffer.Length);
        }
        int count = Attempt(() => file.Read(buffer, end, buffer.Length - end));
        isFinished = count == 0;
        end += count;
    }

    InputException Wrong(string what, Exception? inner) => new(what, $"{path}:{Line}", "write one array of objects, or one object on each line of a .jsonl file", inner);

    T Attempt<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new InputException($"it cannot be read ({fault.Message.TrimEnd('.')})", path, "check the path and your rights to it", fault);
        }
    }

    public void Dispose() => file.Dispose();
}
