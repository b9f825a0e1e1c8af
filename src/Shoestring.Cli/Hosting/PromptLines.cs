namespace Shoestring.Cli;

/// <summary>A file with a prompt on each line: plain text, or a JSON object with a field "prompt".</summary>
static class PromptLines
{
    /// <summary>The prompts; empty lines are left out.</summary>
    /// <exception cref="InputException">The file cannot be read, holds no prompt, or a line is not what it should be.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        string[] lines = UserFiles.ReadText(path).Split('\n');
        string[] prompts = [.. lines.Index().Where(line => line.Item.Trim().Length > 0).Select(line => Prompt(line.Item.TrimEnd('\r'), $"{path}, line {line.Index + 1}"))];
        return prompts.Length > 0 ? prompts : throw new InputException("it holds no prompt", path, "write one on each line");
    }

    static string Prompt(string line, string where)
    {
        if (line.TrimStart()[0] != '{')
        {
            return line;
        }

        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.TryGetProperty("prompt", out JsonElement prompt) && prompt.ValueKind == JsonValueKind.String
                ? PromptText.NotEmpty(prompt.GetString()!, where)
                : throw new InputException("the object has no text \"prompt\"", where, "write {\"prompt\":\"…\"} or plain text");
        }
        catch (JsonException fault)
        {
            throw new InputException("it starts like JSON and is none", where, "write {\"prompt\":\"…\"} or plain text", fault);
        }
    }
}
