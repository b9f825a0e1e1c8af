using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>
/// What was said so far, as the prompt that the model was trained on: through its chat template where it has one, otherwise
/// the plain text of all turns.
/// </summary>
sealed class Conversation
{
    readonly ChatTemplate? template;
    readonly List<ChatMessage> messages = [];

    /// <param name="tokenizer">The model's.</param>
    /// <param name="raw">Take no template.</param>
    /// <param name="name">A template by name, or null for the model's own.</param>
    /// <param name="system">What the system says first, or null.</param>
    /// <exception cref="InputException">The template is not known, or there is a system message and no template.</exception>
    public Conversation(Tokenizer tokenizer, bool raw, string? name, string? system)
    {
        template = raw ? null
            : name is not null ? ChatTemplate.ByName(name)
            : tokenizer.ChatTemplate is { } jinja ? Recognise(jinja)
            : null;
        if (system is null)
        {
            return;
        }

        if (template is null)
        {
            throw new InputException("a system message needs a chat template, and none is in use", "--system",
                $"name one with --chat-template ({string.Join(", ", ChatTemplate.Names)})");
        }

        messages.Add(ChatMessage.System(system));
    }

    /// <summary>Texts that end an answer.</summary>
    public IReadOnlyList<string> Stops => template?.StopTexts ?? [];

    /// <summary>Whether turns have roles.</summary>
    public bool IsChat => template is not null;

    /// <summary>The prompt after which the model answers <paramref name="text"/>.</summary>
    public string Ask(string text)
    {
        messages.Add(ChatMessage.User(text));
        return template?.Apply(messages) ?? string.Concat(messages.Select(message => message.Content));
    }

    /// <summary>Takes note of the answer.</summary>
    public void Answered(string text) => messages.Add(ChatMessage.Assistant(text));

    static ChatTemplate Recognise(string jinja)
    {
        try
        {
            return ChatTemplate.Recognise(jinja);
        }
        catch (InputException fault)
        {
            throw new InputException(fault.What, fault.Where, "name the closest with --chat-template, or give --raw for none", fault);
        }
    }
}
