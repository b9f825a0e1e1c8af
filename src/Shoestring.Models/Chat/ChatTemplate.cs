using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Turns a conversation into the prompt that a chat model was trained on. Models carry Jinja programs for it; no Jinja
/// interpreter is to be had for .NET here, so the common ones are known by name and recognised by what they contain.
/// The begin-of-text piece is not part of the prompt where the tokenizer adds it.
/// </summary>
public sealed class ChatTemplate
{
    readonly ChatFormat format;

    ChatTemplate(string name, ChatFormat format)
    {
        Name = name;
        this.format = format;
    }

    /// <summary>The template's name, one of <see cref="Names"/>.</summary>
    public string Name { get; }

    /// <summary>Texts at which an answer ends even if the model goes on.</summary>
    public IReadOnlyList<string> StopTexts => format.Stops;

    /// <summary>All templates that are known.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ChatFormats.All.Keys];

    /// <summary>The template of that name.</summary>
    /// <exception cref="InputException">It is none of <see cref="Names"/>.</exception>
    public static ChatTemplate ByName(string name) => ChatFormats.All.TryGetValue(name, out ChatFormat? format)
        ? new ChatTemplate(name, format)
        : throw new InputException($"the chat template '{Shoestring.Models.Names.Printable(name)}' is not known", "chat template", $"name one of {string.Join(", ", Names)}");

    /// <summary>The template that a Jinja program stands for; <paramref name="jinja"/> may also be one of <see cref="Names"/>.</summary>
    /// <exception cref="InputException">It is not recognised.</exception>
    public static ChatTemplate Recognise(string jinja)
    {
        ArgumentNullException.ThrowIfNull(jinja);
        return ChatFormats.All.ContainsKey(jinja) ? ByName(jinja)
            : ChatTemplateDetection.Find(jinja) is { } name ? ByName(name)
            : throw new InputException("the model's chat template is not one that is known", "chat template",
                $"name the one that is closest ({string.Join(", ", Names)}) or give a raw prompt");
    }

    /// <summary>The prompt after which the model answers as the assistant.</summary>
    /// <param name="messages">The conversation, oldest first; a system message comes first if there is one.</param>
    /// <param name="addGenerationPrompt">Whether to open the assistant's turn.</param>
    /// <exception cref="InputException">There is no message, or one with an unknown role or in the wrong place.</exception>
    public string Apply(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Check(messages);
        var prompt = new StringBuilder();
        format.Write(prompt, messages);
        if (addGenerationPrompt)
            prompt.Append(format.Opening);
        return prompt.ToString();
    }

    static void Check(IReadOnlyList<ChatMessage> messages)
    {
        if (messages.Count == 0)
            throw new InputException("there are no messages", "chat", "give at least one from the user");
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role is not ("system" or "user" or "assistant"))
                throw new InputException($"message {i} has the role '{Shoestring.Models.Names.Printable(messages[i].Role)}'", "chat", "use system, user or assistant");
            if (i > 0 && messages[i].Role == "system")
                throw new InputException($"message {i} is from the system", "chat", "put the system message first");
        }
    }
}
