using System.Text;
using Shoestring.Survey;

namespace Shoestring.Cli;

/// <summary>The lines that a reader of documents and its host exchange.</summary>
static class DocumentLines
{
    /// <summary>Asks for a document.</summary>
    public static string Question(string path, string type) => Line(writer =>
    {
        writer.WriteString("path", path);
        writer.WriteString("type", type);
    });

    /// <summary>Reads a document that a line asks for, and answers with its text or why there is none.</summary>
    public static string Answer(string question)
    {
        using JsonDocument asked = JsonDocument.Parse(question);
        try
        {
            DocumentText text = DocumentReader.Read(asked.RootElement.GetProperty("path").GetString()!, asked.RootElement.GetProperty("type").GetString()!, new DocumentLimits());
            return Line(writer => Write(writer, text));
        }
        catch (DocumentFault fault)
        {
            return Line(writer => writer.WriteString("fault", fault.Message));
        }
    }

    /// <summary>The text of an answer.</summary>
    /// <exception cref="DocumentFault">It says why there is none.</exception>
    public static DocumentText Text(string answer)
    {
        using JsonDocument document = JsonDocument.Parse(answer);
        JsonElement root = document.RootElement;
        if (root.TryGetProperty("fault", out JsonElement fault))
        {
            throw new DocumentFault(fault.GetString()!);
        }

        return new DocumentText(root.GetProperty("title").GetString(), root.GetProperty("author").GetString(),
            [.. root.GetProperty("pages").EnumerateArray().Select(page => page.GetString()!)])
        { IsTruncated = root.GetProperty("truncated").GetBoolean() };
    }

    static void Write(Utf8JsonWriter writer, DocumentText text)
    {
        writer.WriteString("title", Whole(text.Title));
        writer.WriteString("author", Whole(text.Author));
        writer.WriteBoolean("truncated", text.IsTruncated);
        writer.WriteStartArray("pages");
        foreach (string page in text.Pages)
        {
            writer.WriteStringValue(Whole(page));
        }

        writer.WriteEndArray();
    }

    // Text of broken documents may hold halves of characters, which JSON does not take.
    static string? Whole(string? text) => text is null || !text.Any(char.IsSurrogate) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    static string Line(Action<Utf8JsonWriter> fields)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
