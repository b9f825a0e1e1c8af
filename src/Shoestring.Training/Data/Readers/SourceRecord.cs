using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A record of a file: fields of text by their names.</summary>
/// <param name="where">What messages call it: file and line, or file and row.</param>
abstract class SourceRecord(string where)
{
    public string Where { get; } = where;

    /// <summary>Whether there is such a field.</summary>
    public abstract bool Has(string name);

    /// <summary>A text, or null where there is none.</summary>
    /// <exception cref="InputException">The field is something else.</exception>
    public abstract string? TextOrNull(string name);

    /// <summary>A list of records, or null where there is none.</summary>
    public virtual IReadOnlyList<SourceRecord>? ListOrNull(string name) => null;

    /// <summary>A text that must be there and not be empty.</summary>
    /// <exception cref="InputException">It is not, or is something else.</exception>
    public string Text(string name) => TextOrNull(name) is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw Wrong($"there is no \"{name}\", or it is empty");

    protected InputException Wrong(string what, Exception? inner = null) => new(what, Where, "mend the record", inner);
}

/// <summary>A record of JSON.</summary>
sealed class JsonRecord(JsonElement element, string where) : SourceRecord(where)
{
    public override bool Has(string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out _);

    public override string? TextOrNull(string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("the record is not an object");
        }
        if (!element.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong($"\"{name}\" is not a text");
        }
        catch (InvalidOperationException error)
        {
            // JSON can escape half a surrogate pair, and its bytes may be no UTF-8.
            throw Wrong($"\"{name}\" is not text in UTF-8", error);
        }
    }

    public override IReadOnlyList<SourceRecord>? ListOrNull(string name) =>
        Has(name) && element.GetProperty(name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(one => new JsonRecord(one, Where))] : null;
}
