using System.Text;

namespace Shoestring.Models;

/// <summary>How a conversation is written down.</summary>
/// <param name="Write">Appends the messages.</param>
/// <param name="Opening">What opens the assistant's turn.</param>
/// <param name="Stops">Texts that end it.</param>
sealed record ChatFormat(Action<StringBuilder, IReadOnlyList<ChatMessage>> Write, string Opening, params string[] Stops);

/// <summary>The formats by name. Each is that of the models named; sources are their tokenizer_config.json files.</summary>
static class ChatFormats
{
    const string ImEnd = "<|im_end|>";

    public static IReadOnlyDictionary<string, ChatFormat> All { get; } = new Dictionary<string, ChatFormat>(StringComparer.Ordinal)
    {
        ["chatml"] = ChatMl(null),
        ["minimind"] = ChatMl("You are a helpful assistant"), // also Qwen 1.5
        ["qwen2"] = ChatMl("You are a helpful assistant."),
        ["qwen2.5"] = ChatMl("You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
        ["llama2"] = new(WriteLlama2, "", "</s>"),
        ["llama3"] = Turns("<|start_header_id|>{0}<|end_header_id|>\n\n", "<|eot_id|>", trim: true),
        ["mistral"] = new((prompt, messages) => WriteMistral(prompt, messages, "[INST] ", " [/INST]", ""), "", "</s>"), // 7B Instruct v0.1
        ["mistral-v3"] = new((prompt, messages) => WriteMistral(prompt, messages, "[INST] ", "[/INST]", " "), "", "</s>"),
        ["zephyr"] = Turns("<|{0}|>\n", "</s>", afterEnd: "\n"), // also TinyLlama Chat
        ["stablelm-zephyr"] = Turns("<|{0}|>\n", "<|endoftext|>", afterEnd: "\n"),
        ["phi3"] = Turns("<|{0}|>\n", "<|end|>", afterEnd: "\n"),
        ["gemma"] = new(WriteGemma, "<start_of_turn>model\n", "<end_of_turn>"),
        ["plain"] = new(WritePlain, ""),
    };

    /// <summary>Each message between marks that name its role.</summary>
    static ChatFormat Turns(string before, string end, string afterEnd = "", bool trim = false) => new(
        (prompt, messages) =>
        {
            foreach (ChatMessage message in messages)
                prompt.Append(before.Replace("{0}", message.Role, StringComparison.Ordinal)).Append(trim ? message.Content.Trim() : message.Content).Append(end).Append(afterEnd);
        },
        before.Replace("{0}", "assistant", StringComparison.Ordinal),
        end);

    /// <param name="system">What the system says where the conversation does not.</param>
    static ChatFormat ChatMl(string? system)
    {
        ChatFormat turns = Turns("<|im_start|>{0}\n", ImEnd, afterEnd: "\n");
        return system is null ? turns : turns with
        {
            Write = (prompt, messages) => turns.Write(prompt, messages[0].Role == "system" ? messages : [ChatMessage.System(system), .. messages]),
        };
    }

    /// <summary>The system's words open the first turn; each exchange is a text of its own.</summary>
    static void WriteLlama2(StringBuilder prompt, IReadOnlyList<ChatMessage> messages)
    {
        string system = messages[0].Role == "system" ? $"<<SYS>>\n{messages[0].Content}\n<</SYS>>\n\n" : "";
        foreach (ChatMessage message in WithoutSystem(messages))
        {
            if (message.Role == "assistant")
                prompt.Append(' ').Append(message.Content.Trim()).Append(" </s>");
            else
            {
                prompt.Append(prompt.Length == 0 ? "" : "<s>").Append("[INST] ").Append(system).Append(message.Content.Trim()).Append(" [/INST]");
                system = "";
            }
        }
    }

    static void WriteMistral(StringBuilder prompt, IReadOnlyList<ChatMessage> messages, string open, string close, string beforeAnswer)
    {
        string system = messages[0].Role == "system" ? messages[0].Content + "\n\n" : "";
        foreach (ChatMessage message in WithoutSystem(messages))
        {
            if (message.Role == "assistant")
                prompt.Append(beforeAnswer).Append(message.Content).Append("</s>");
            else
            {
                prompt.Append(open).Append(system).Append(message.Content).Append(close);
                system = "";
            }
        }
    }

    /// <summary>Gemma knows no system: its words go before the user's first.</summary>
    static void WriteGemma(StringBuilder prompt, IReadOnlyList<ChatMessage> messages)
    {
        string system = messages[0].Role == "system" ? messages[0].Content.Trim() + "\n\n" : "";
        foreach (ChatMessage message in WithoutSystem(messages))
        {
            bool user = message.Role == "user";
            prompt.Append("<start_of_turn>").Append(user ? "user" : "model").Append('\n').Append(user ? system : "")
                .Append(message.Content.Trim()).Append("<end_of_turn>\n");
            system = user ? "" : system;
        }
    }

    static void WritePlain(StringBuilder prompt, IReadOnlyList<ChatMessage> messages)
    {
        foreach (ChatMessage message in messages)
            prompt.Append(message.Content).Append('\n');
    }

    static IEnumerable<ChatMessage> WithoutSystem(IReadOnlyList<ChatMessage> messages) => messages[0].Role == "system" ? messages.Skip(1) : messages;
}
