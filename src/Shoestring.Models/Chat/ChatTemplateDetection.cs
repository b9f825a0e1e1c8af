namespace Shoestring.Models;

/// <summary>Recognises a Jinja chat template by what only it contains, in the manner of llama.cpp (src/llama-chat.cpp).</summary>
static class ChatTemplateDetection
{
    /// <summary>The template's name, or null.</summary>
    public static string? Find(string jinja)
    {
        if (Has(jinja, "<|im_start|>"))
            return ChatMl(jinja);
        if (Has(jinja, "[INST]"))
            return Mistral(jinja);
        if (Has(jinja, "<|start_header_id|>") && Has(jinja, "<|end_header_id|>"))
            return "llama3";
        if (Has(jinja, "<start_of_turn>"))
            return "gemma";
        if (Has(jinja, "<|assistant|>") && Has(jinja, "<|end|>"))
            return "phi3";
        if (Has(jinja, "<|user|>") && Has(jinja, "<|endoftext|>"))
            return "stablelm-zephyr";
        return Has(jinja, "<|user|>") && Has(jinja, "eos_token") ? "zephyr" : null;
    }

    /// <summary>ChatML by what its template says for the system where the conversation does not.</summary>
    static string ChatMl(string jinja) =>
        Has(jinja, "created by Alibaba Cloud") ? "qwen2.5"
        : Has(jinja, "You are a helpful assistant.<|im_end|>") ? "qwen2"
        : Has(jinja, "You are a helpful assistant<|im_end|>") ? "minimind"
        : "chatml";

    /// <summary>The later formats of Mistral give the system and tools turns of their own.</summary>
    static string? Mistral(string jinja) =>
        Has(jinja, "<<SYS>>") ? "llama2"
        : Has(jinja, "[SYSTEM_PROMPT]") ? null
        : Has(jinja, "[AVAILABLE_TOOLS]") ? "mistral-v3"
        : "mistral";

    static bool Has(string jinja, string text) => jinja.Contains(text, StringComparison.Ordinal);
}
