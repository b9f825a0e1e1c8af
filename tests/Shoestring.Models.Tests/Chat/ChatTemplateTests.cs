using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

public class ChatTemplateTests
{
    static readonly ChatMessage[] Conversation =
        [ChatMessage.System("Be brief."), ChatMessage.User("Hi"), ChatMessage.Assistant("Hello."), ChatMessage.User("Bye")];

    [Theory]
    [InlineData("chatml", "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("llama2", "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Hello. </s><s>[INST] Bye [/INST]")]
    [InlineData("llama3", "<|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("mistral", "[INST] Be brief.\n\nHi [/INST]Hello.</s>[INST] Bye [/INST]")]
    [InlineData("mistral-v3", "[INST] Be brief.\n\nHi[/INST] Hello.</s>[INST] Bye[/INST]")]
    [InlineData("zephyr", "<|system|>\nBe brief.</s>\n<|user|>\nHi</s>\n<|assistant|>\nHello.</s>\n<|user|>\nBye</s>\n<|assistant|>\n")]
    [InlineData("stablelm-zephyr", "<|system|>\nBe brief.<|endoftext|>\n<|user|>\nHi<|endoftext|>\n<|assistant|>\nHello.<|endoftext|>\n<|user|>\nBye<|endoftext|>\n<|assistant|>\n")]
    [InlineData("phi3", "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello.<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n")]
    [InlineData("gemma", "<start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n")]
    [InlineData("plain", "Be brief.\nHi\nHello.\nBye\n")]
    public void Writes_a_conversation(string name, string expected) => ChatTemplate.ByName(name).Apply(Conversation).ShouldBe(expected);

    [Theory]
    [InlineData("minimind", "You are a helpful assistant")]
    [InlineData("qwen2", "You are a helpful assistant.")]
    [InlineData("qwen2.5", "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")]
    public void Some_templates_speak_for_the_system(string name, string system)
    {
        ChatTemplate template = ChatTemplate.ByName(name);
        template.Apply([ChatMessage.User("Hi")]).ShouldBe($"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
        template.Apply(Conversation).ShouldBe(ChatTemplate.ByName("chatml").Apply(Conversation));
    }

    [Theory]
    [InlineData("{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>' }}{% endfor %}", "chatml")]
    [InlineData("{{ '<|im_start|>system\\nYou are a helpful assistant<|im_end|>\\n' }}", "minimind")]
    [InlineData("{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}", "qwen2")]
    [InlineData("<|im_start|>system\\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>", "qwen2.5")]
    [InlineData("{{ bos_token + '[INST] ' + '<<SYS>>' }}", "llama2")]
    [InlineData("{{ '[INST] ' + message['content'] + ' [/INST]' }}", "mistral")]
    [InlineData("{{ '[AVAILABLE_TOOLS]' }}{{ '[INST] ' + message['content'] + '[/INST]' }}", "mistral-v3")]
    [InlineData("{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' }}", "llama3")]
    [InlineData("{{ '<|user|>\n' + message['content'] + eos_token }}{{ '<|assistant|>' }}", "zephyr")]
    [InlineData("{{ '<|user|>\n' + message['content'] + '<|endoftext|>' }}", "stablelm-zephyr")]
    [InlineData("{{ '<|user|>\n' + message['content'] + '<|end|>\n<|assistant|>\n' }}", "phi3")]
    [InlineData("{{ '<start_of_turn>' + role }}", "gemma")]
    [InlineData("llama3", "llama3")]
    public void Recognises(string jinja, string name) => ChatTemplate.Recognise(jinja).Name.ShouldBe(name);

    [Theory]
    [InlineData("{{ '[SYSTEM_PROMPT]' }}[INST]")]
    [InlineData("{{ messages }}")]
    [InlineData("")]
    public void An_unknown_template_is_refused_with_the_known_names(string jinja)
    {
        InputException error = Should.Throw<InputException>(() => ChatTemplate.Recognise(jinja));
        foreach (string name in ChatTemplate.Names)
            error.Message.ShouldContain(name);
    }

    [Fact]
    public void A_turn_is_opened_only_where_asked() =>
        ChatTemplate.ByName("chatml").Apply([ChatMessage.User("Hi")], addGenerationPrompt: false).ShouldBe("<|im_start|>user\nHi<|im_end|>\n");

    [Fact]
    public void Wrong_conversations_are_refused()
    {
        ChatTemplate template = ChatTemplate.ByName("chatml");
        Should.Throw<InputException>(() => template.Apply([]));
        Should.Throw<InputException>(() => template.Apply([new ChatMessage("tool", "x")]));
        Should.Throw<InputException>(() => template.Apply([ChatMessage.User("x"), ChatMessage.System("y")]));
        Should.Throw<InputException>(() => ChatTemplate.ByName("nonsense"));
    }
}
