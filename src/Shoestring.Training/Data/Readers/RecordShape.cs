using System.Text.Json;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>How a record becomes a document.</summary>
abstract class RecordShape
{
    /// <summary>What a record looks like, for messages.</summary>
    protected abstract string Description { get; }

    public abstract SourceDocument Read(JsonElement record, string where);

    /// <summary>The shape that is asked for, or the one that the record has.</summary>
    public static RecordShape For(JsonElement record, ReaderOptions options, string where)
    {
        bool isObject = record.ValueKind == JsonValueKind.Object;
        return options.Format switch
        {
            RecordFormat.TextField or RecordFormat.Text => new TextShape(options.TextField),
            RecordFormat.Instruction => new InstructionShape(options.Template),
            RecordFormat.Chat => Chat(options, where),
            _ when isObject && ChatShape.IsChat(record) => Chat(options, where),
            _ when isObject && record.TryGetProperty(options.TextField, out _) => new TextShape(options.TextField),
            _ when isObject && record.TryGetProperty("instruction", out _) => new InstructionShape(options.Template),
            _ => throw new InputException("the record has no field that is known", where,
                $"write objects with \"{options.TextField}\", with \"instruction\", \"input\" and \"output\", or with \"messages\""),
        };
    }

    static ChatShape Chat(ReaderOptions options, string where) => new(options.Template
        ?? throw new InputException("it holds chats, and the model has no chat template that is known", where, $"name one ({string.Join(", ", ChatTemplate.Names)})"));

    protected InputException Wrong(string what, string where, Exception? inner = null) => new(what, where, $"write {Description}", inner);

    /// <summary>A text of an object, or null where there is none.</summary>
    protected string? TextOrNull(JsonElement element, string name, string where)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("the record is not an object", where);
        }
        if (!element.TryGetProperty(name, out JsonElement field) || field.ValueKind == JsonValueKind.Null)
        {
            return null;
        }
        try
        {
            return field.ValueKind == JsonValueKind.String ? field.GetString() : throw Wrong($"\"{name}\" is not a text", where);
        }
        catch (InvalidOperationException error)
        {
            // JSON can escape half a surrogate pair, and its bytes may be no UTF-8.
            throw Wrong($"\"{name}\" is not text in UTF-8", where, error);
        }
    }

    /// <summary>A text that must be there and not be empty.</summary>
    protected string Text(JsonElement element, string name, string where) =>
        TextOrNull(element, name, where) is { } text && !string.IsNullOrWhiteSpace(text) ? text : throw Wrong($"there is no \"{name}\", or it is empty", where);
}

/// <summary>A field of text, learned whole.</summary>
sealed class TextShape(string name) : RecordShape
{
    protected override string Description => $"objects with the text in \"{name}\"";

    public override SourceDocument Read(JsonElement record, string where) => SourceDocument.Plain(where, Text(record, name, where));
}

/// <summary>
/// An instruction and its answer; the answer alone is learned. Without a chat template the prompt is Alpaca's (Taori et al.,
/// stanford_alpaca, train.py, PROMPT_DICT).
/// </summary>
sealed class InstructionShape(ChatTemplate? template) : RecordShape
{
    const string Opening = "Below is an instruction that describes a task";
    const string Closing = "Write a response that appropriately completes the request.\n\n### Instruction:\n";

    protected override string Description => "objects with the texts \"instruction\", \"output\" and, where there is one, \"input\"";

    public override SourceDocument Read(JsonElement record, string where)
    {
        string instruction = Text(record, "instruction", where), output = Text(record, "output", where);
        string input = TextOrNull(record, "input", where) ?? "";
        if (template is not null)
        {
            string question = input.Length == 0 ? instruction : $"{instruction}\n\n{input}";
            return new SourceDocument(where, ChatSegments.Of(template, [ChatMessage.User(question), ChatMessage.Assistant(output)], where));
        }
        string prompt = input.Length == 0
            ? $"{Opening}. {Closing}{instruction}\n\n### Response:"
            : $"{Opening}, paired with an input that provides further context. {Closing}{instruction}\n\n### Input:\n{input}\n\n### Response:";
        return new SourceDocument(where, [new TextSegment(prompt, IsTarget: false), new TextSegment(output, IsTarget: true)]);
    }
}

/// <summary>A conversation; the assistant's turns are learned.</summary>
sealed class ChatShape(ChatTemplate template) : RecordShape
{
    protected override string Description => "objects with \"messages\", a list of objects with \"role\" and \"content\"";

    public static bool IsChat(JsonElement record) => Messages(record) is not null;

    public override SourceDocument Read(JsonElement record, string where)
    {
        if (record.ValueKind != JsonValueKind.Object || Messages(record) is not { } messages)
        {
            throw Wrong("there is no list \"messages\"", where);
        }
        ChatMessage[] turns = [.. messages.EnumerateArray().Select(message => Message(message, where))];
        return new SourceDocument(where, ChatSegments.Of(template, turns, where));
    }

    static JsonElement? Messages(JsonElement record)
    {
        foreach (string name in (ReadOnlySpan<string>)["messages", "conversations"])
        {
            if (record.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array)
            {
                return list;
            }
        }
        return null;
    }

    /// <summary>A turn, by OpenAI's names or by ShareGPT's.</summary>
    ChatMessage Message(JsonElement message, string where)
    {
        string role = TextOrNull(message, "role", where) ?? Text(message, "from", where);
        string content = TextOrNull(message, "content", where) ?? TextOrNull(message, "value", where) ?? throw Wrong("a message has no \"content\"", where);
        return new ChatMessage(role switch { "human" => "user", "gpt" => "assistant", _ => role }, content);
    }
}
