using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>JSON Lines: a JSON document on each line. One line at a time is in memory.</summary>
public static class JsonLines
{
    /// <summary>The most bytes of a line; the longest passage of the tasks here has some ten thousand.</summary>
    public const int MaximumLineBytes = 1 << 20;

    /// <summary>The most levels of objects and lists within each other.</summary>
    public const int MaximumDepth = 16;

    static readonly JsonDocumentOptions Options = new() { MaxDepth = MaximumDepth };

    /// <summary>The documents of a file with their line numbers, from 1; blank lines are left out. A document lasts until the next is asked for.</summary>
    /// <exception cref="InputException">The file cannot be read, or a line is too long or not JSON.</exception>
    public static IEnumerable<(int Line, JsonDocument Document)> Read(string path)
    {
        using LineReader reader = new(path, MaximumLineBytes);
        while (reader.TryRead(out ReadOnlyMemory<byte> line))
        {
            if (line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                using JsonDocument document = Parse(line, $"{path}:{reader.Line}");
                yield return (reader.Line, document);
            }
        }
    }

    static JsonDocument Parse(ReadOnlyMemory<byte> line, string where)
    {
        try
        {
            return JsonDocument.Parse(line, Options);
        }
        catch (JsonException error)
        {
            throw new InputException($"the line is not sound JSON of at most {MaximumDepth} levels, from byte {error.BytePositionInLine} on", where, "write one JSON object on each line", error);
        }
    }
}
