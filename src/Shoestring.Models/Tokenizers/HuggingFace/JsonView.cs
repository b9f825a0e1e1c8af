using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Reads JSON documents of models; every surprise is a <see cref="ModelFileException"/>.</summary>
sealed class JsonView(string source)
{
    static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    public JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Span.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        try
        {
            return JsonDocument.Parse(bytes, Options);
        }
        catch (JsonException error)
        {
            throw new ModelFileException($"not sound JSON at line {error.LineNumber + 1}, byte {error.BytePositionInLine}", source, "fetch the file again", error);
        }
    }

    public ModelFileException Wrong(string what) => new(Names.OneLine(what), source, "take another tokenizer, or convert the model to GGUF");

    /// <summary>The member, or null where it is missing or null.</summary>
    public JsonElement? Member(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Wrong($"expected an object with '{name}', found {element.ValueKind}");
        return element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;
    }

    public bool? Flag(JsonElement element, string name) => Member(element, name) is not { } member ? null
        : member.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong($"'{name}' is {member.ValueKind}, expected true or false"),
        };

    public string? Text(JsonElement element, string name) => Member(element, name) is { } member ? Value(member, name) : null;

    /// <summary>The string's value; lone surrogates, which JSON can escape, are refused.</summary>
    public string Value(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw Wrong($"'{name}' is {element.ValueKind}, expected a string");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new ModelFileException($"'{name}' is not text: {error.Message}", source, "fetch the file again", error);
        }
    }

    public int Id(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) && id is >= 0 and < VocabularyCheck.MaximumPieces ? id
            : throw Wrong($"the id of '{Names.Printable(name)}' is {Names.Printable(element.GetRawText())}, expected 0 to {VocabularyCheck.MaximumPieces - 1}");

    public IEnumerable<JsonElement> Items(JsonElement element, string name) => element.ValueKind == JsonValueKind.Array
        ? element.EnumerateArray()
        : throw Wrong($"'{name}' is {element.ValueKind}, expected an array");
}
