using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>How a record becomes a document.</summary>
abstract class RecordShape
{
    /// <exception cref="InputException">The record is none of this shape.</exception>
    public abstract SourceDocument Read(SourceRecord record);

    /// <summary>The shape that is asked for, or the one that the record has; null where it has none that is known.</summary>
    /// <exception cref="InputException">It holds chats, and there is no template to write them by.</exception>
    public static RecordShape? For(SourceRecord record, ReaderOptions options) => options.Format switch
    {
        RecordFormat.TextField or RecordFormat.Text => new TextShape(options.TextField),
        RecordFormat.Instruction => new InstructionShape(options.Template),
        RecordFormat.Chat => Chat(record, options),
        _ when ChatShape.IsChat(record) => Chat(record, options),
        _ when record.Has(options.TextField) => new TextShape(options.TextField),
        _ when record.Has("instruction") => new InstructionShape(options.Template),
        _ => null,
    };

    static ChatShape Chat(SourceRecord record, ReaderOptions options) => new(options.Template
        ?? throw new InputException("it holds chats, and the model has no chat template that is known", record.Where, $"name one ({string.Join(", ", ChatTemplate.Names)})"));
}

/// <summary>A field of text, learned whole.</summary>
sealed class TextShape(string name) : RecordShape
{
    public override SourceDocument Read(SourceRecord record) => SourceDocument.Plain(record.Where, record.Text(name));
}

/// <summary>
/// An instruction and its answer; the answer alone is learned. Without a chat template the prompt is Alpaca's (Taori et al.,
/// stanford_alpaca, train.py, PROMPT_DICT).
/// </summary>
sealed class InstructionShape(ChatTemplate? template) : RecordShape
{
    const string Opening = "Below is an instruction that describes a task";
    const string Closing = "Write a response that appropriately completes the request.\n\n### Instruction:\n";

    public override SourceDocument Read(SourceRecord record)
    {
        string instruction = record.Text("instruction"), output = record.Text("output"), input = record.TextOrNull("input") ?? "";
        if (template is not null)
        {
            string question = input.Length == 0 ? instruction : $"{instruction}\n\n{input}";
            return new SourceDocument(record.Where, ChatSegments.Of(template, [ChatMessage.User(question), ChatMessage.Assistant(output)], record.Where));
        }
        string prompt = input.Length == 0
            ? $"{Opening}. {Closing}{instruction}\n\n### Response:"
            : $"{Opening}, paired with an input that provides further context. {Closing}{instruction}\n\n### Input:\n{input}\n\n### Response:";
        return new SourceDocument(record.Where, [new TextSegment(prompt, IsTarget: false), new TextSegment(output, IsTarget: true)]);
    }
}

/// <summary>A conversation; the assistant's turns are learned.</summary>
sealed class ChatShape(ChatTemplate template) : RecordShape
{
    public static bool IsChat(SourceRecord record) => Messages(record) is not null;

    public override SourceDocument Read(SourceRecord record)
    {
        IReadOnlyList<SourceRecord> messages = Messages(record)
            ?? throw new InputException("there is no list \"messages\"", record.Where, "give lists of objects with \"role\" and \"content\"");
        return new SourceDocument(record.Where, ChatSegments.Of(template, [.. messages.Select(Message)], record.Where));
    }

    static IReadOnlyList<SourceRecord>? Messages(SourceRecord record) => record.ListOrNull("messages") ?? record.ListOrNull("conversations");

    /// <summary>A turn, by OpenAI's names or by ShareGPT's.</summary>
    static ChatMessage Message(SourceRecord message)
    {
        string role = message.TextOrNull("role") ?? message.Text("from");
        string content = message.TextOrNull("content") ?? message.TextOrNull("value")
            ?? throw new InputException("a message has no \"content\"", message.Where, "give objects with \"role\" and \"content\"");
        return new ChatMessage(role switch { "human" => "user", "gpt" => "assistant", _ => role }, content);
    }
}
