using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Members of a JSON object of a config.json, with bounds.</summary>
/// <param name="root">The object.</param>
/// <param name="path">The file, for messages.</param>
sealed class ConfigurationObject(JsonElement root, string path)
{
    /// <summary>An object within this one, or null.</summary>
    public ConfigurationObject? Object(string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? new(value, path) : null;

    /// <summary>A size of 1 to 2²⁶, or <paramref name="otherwise"/> where it is missing or null; 0 too where that is the alternative.</summary>
    public int Size(string name, int? otherwise = null)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return otherwise ?? throw Wrong($"{name} is missing");
        }
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int size) && size is >= 0 and <= 1 << 26 && (size > 0 || otherwise == 0)
            ? size : throw Wrong($"{name} is {Names.Printable(value.GetRawText())}");
    }

    /// <summary>A number, or <paramref name="otherwise"/> where there is none.</summary>
    public double Number(string name, double otherwise) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : otherwise;

    /// <summary>A number above <paramref name="least"/> and finite.</summary>
    public double Above(double least, string name, double otherwise) =>
        Number(name, otherwise) is var value && value > least && double.IsFinite(value) ? value : throw Wrong($"{name} is {value}");

    /// <summary>A truth value, or <paramref name="otherwise"/> where there is none.</summary>
    public bool Flag(string name, bool otherwise) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : otherwise;

    /// <summary>A string, or <paramref name="otherwise"/> where there is none.</summary>
    public string Text(string name, string otherwise) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : otherwise;

    /// <summary>Refuses a value that the layers here do not compute with.</summary>
    public void Require(string name, string usual, params string[] handled)
    {
        if (Text(name, usual) is var text && !handled.Contains(text))
        {
            throw Wrong($"{name} \"{Names.Printable(text)}\" is not handled, only {string.Join(", ", handled)}");
        }
    }

    /// <summary>What is wrong with the file.</summary>
    public ModelFileException Wrong(string what) => new(what, path, "use a model of a known kind, or fetch it again");
}
