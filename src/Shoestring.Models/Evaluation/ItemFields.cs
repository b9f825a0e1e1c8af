using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>The fields of an object on a line of a task's data; every surprise is an <see cref="InputException"/> that names the line.</summary>
public sealed class ItemFields
{
    const int MostChoices = 64;
    readonly JsonElement element;
    readonly EvaluationTask task;

    internal ItemFields(JsonElement element, EvaluationTask task, string file, int line)
    {
        (this.element, this.task) = (element, task);
        (FileName, Where) = (Path.GetFileNameWithoutExtension(file), $"{file}:{line}");
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong($"the line is {Kind(element)}, not an object");
        }
    }

    ItemFields(JsonElement element, ItemFields line) => (this.element, task, FileName, Where) = (element, line.task, line.FileName, line.Where);

    /// <summary>The file's name without its ending.</summary>
    public string FileName { get; }

    /// <summary>The line, as <c>file.jsonl:12</c>.</summary>
    public string Where { get; }

    /// <summary>A text that must be there and not be empty.</summary>
    public string Text(string name) => Value(Field(name), $"\"{name}\"");

    /// <summary>A text, empty or not, or null where there is none.</summary>
    public string? TextOrNull(string name) =>
        element.TryGetProperty(name, out JsonElement field) && field.ValueKind != JsonValueKind.Null ? Value(field, $"\"{name}\"", mayBeEmpty: true) : null;

    /// <summary>Whether a field is a text.</summary>
    public bool IsText(string name) => Field(name).ValueKind == JsonValueKind.String;

    /// <summary>Two texts or more, none of them empty.</summary>
    public string[] Texts(string name)
    {
        JsonElement field = Field(name);
        if (field.ValueKind != JsonValueKind.Array || field.GetArrayLength() is < 2 or > MostChoices)
        {
            string found = field.ValueKind == JsonValueKind.Array ? $"a list of {field.GetArrayLength()}" : Kind(field);
            throw Wrong($"\"{name}\" is {found}, expected 2 to {MostChoices} texts");
        }
        return [.. field.EnumerateArray().Select((one, i) => Value(one, $"\"{name}\"[{i}]"))];
    }

    /// <summary>A place among <paramref name="count"/>, from 0, as a number or as its digits; the data counts from <paramref name="first"/>.</summary>
    public int Index(string name, int count, int first = 0)
    {
        JsonElement field = Field(name);
        bool isNumber = field.ValueKind == JsonValueKind.Number ? field.TryGetInt32(out int number)
            : int.TryParse(Value(field, $"\"{name}\""), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number);
        return isNumber && number >= first && number - first < count ? number - first
            : throw Wrong($"\"{name}\" is {Names.Printable(field.GetRawText())}, expected {first} to {first + count - 1}");
    }

    /// <summary>An object.</summary>
    public ItemFields Object(string name) => Field(name) is { ValueKind: JsonValueKind.Object } field ? new ItemFields(field, this)
        : throw Wrong($"\"{name}\" is {Kind(Field(name))}, expected an object");

    /// <summary>The fault that the line is not what it should be.</summary>
    public InputException Wrong(string what) => new(what, Where, $"a line of {task.Name} is {task.Shape}");

    JsonElement Field(string name) => element.TryGetProperty(name, out JsonElement field) ? field : throw Wrong($"there is no \"{name}\"");

    string Value(JsonElement field, string name, bool mayBeEmpty = false)
    {
        if (field.ValueKind != JsonValueKind.String)
        {
            throw Wrong($"{name} is {Kind(field)}, expected a text");
        }
        try
        {
            string text = field.GetString()!;
            return mayBeEmpty || !string.IsNullOrWhiteSpace(text) ? text : throw Wrong($"{name} is empty");
        }
        catch (InvalidOperationException error)
        {
            // JSON can escape half a surrogate pair, and its bytes may be no UTF-8.
            throw new InputException($"{name} is not text", Where, "write it in UTF-8", error);
        }
    }

    static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
