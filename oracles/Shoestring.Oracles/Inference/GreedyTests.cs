using Shoestring.Inference;
using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>Greedy continuations are those that llama.cpp gave when the data was recorded.</summary>
public class GreedyTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("models/stories15M-f16.gguf", "models/stories15M-f16.greedy200.json", "Once upon a time", 200)]
    [InlineData("models/stories260K.gguf", "models/stories260K.greedy200.json", "Once upon a time", 200)]
    [InlineData("default/shoestring-interim-f16.gguf", "default/shoestring-interim-f16.greedy.json", "The old captain said", int.MaxValue)]
    public void Float_weights_give_the_recorded_tokens_and_text(string model, string record, string prompt, int count)
    {
        var recorded = GreedyRecord.Read(TestData.Find(record));
        count = Math.Min(count, recorded.Tokens.Length);
        var (ids, pieces) = Generate(TestData.Find(model), prompt, count);
        ids.ShouldBe(recorded.PromptTokens);
        int[] tokens = [.. pieces.Select(p => p.Token)];
        output.WriteLine($"{tokens.Zip(recorded.Tokens).TakeWhile(pair => pair.First == pair.Second).Count()} of {count} tokens are the recorded ones");
        tokens.ShouldBe(recorded.Tokens[..count]);
        string.Concat(pieces.Select(p => p.Text)).ShouldBe(recorded.Text);
    }

    // Activations are rounded otherwise than in llama.cpp, so the tokens part where two are about as likely.
    [Theory]
    [InlineData("stories15M-q8_0", 20)]
    [InlineData("stories15M-q4_0", 10)]
    public void Block_formats_begin_with_the_recorded_tokens(string name, int atLeast)
    {
        var recorded = GreedyRecord.Read(TestData.Model($"{name}.greedy200.json"));
        var (_, pieces) = Generate(TestData.Model($"{name}.gguf"), "Once upon a time", 200);
        var same = pieces.Select(p => p.Token).Zip(recorded.Tokens).TakeWhile(pair => pair.First == pair.Second).Count();
        output.WriteLine($"{name}: {same} of 200 tokens are the recorded ones");
        same.ShouldBeGreaterThanOrEqualTo(atLeast);
    }

    [Fact]
    public void TinyLlama_writes_English()
    {
        string[] common = ["the", "of", "and", "a", "is", "in", "it", "to", "was", "for", "with", "on", "as", "also", "that", "by"];
        var (_, pieces) = Generate(TestData.TinyLlama(), "The capital of France is", 60);
        var text = string.Concat(pieces.Select(p => p.Text));
        output.WriteLine(text);
        text.ShouldAllBe(letter => char.IsAscii(letter) || letter == '’');
        var words = text.Split([' ', '.', ',', '\n'], StringSplitOptions.RemoveEmptyEntries);
        // Of English prose, about four words in ten are these.
        ((double)words.Count(common.Contains) / words.Length).ShouldBeInRange(0.2, 0.7);
        words.Distinct().Count().ShouldBeGreaterThan(10);
    }

    [Theory]
    [InlineData("What is the capital of China?", "capital of China")]
    [InlineData("你好,请介绍一下你自己。", "我是AI语言模型")]
    public void MiniMind_answers_in_its_chat_template(string question, string expected)
    {
        using OurModel ours = new(TestData.Model("minimind2-small"));
        var template = ChatTemplate.Recognise(ours.Model.Tokenizer.ChatTemplate.ShouldNotBeNull());
        using Engine engine = new(ours.Model, ours.Pool);
        var prompt = ours.Model.Tokenizer.Encode(template.Apply([ChatMessage.User(question)]));
        var pieces = engine.Generate(new GenerationRequest(prompt) { MaximumTokens = 160, Sampling = SamplingOptions.Greedy, Stop = template.StopTexts }, TestContext.Current.CancellationToken).ToArray();
        var text = string.Concat(pieces.Select(p => p.Text));
        output.WriteLine($"{template.Name}: {text} [{pieces[^1].Stop}]");
        text.ShouldContain(expected);
        text.ShouldNotContain("<|");
    }

    static (int[] Prompt, GeneratedPiece[] Pieces) Generate(string path, string prompt, int count)
    {
        using OurModel ours = new(path);
        using Engine engine = new(ours.Model, ours.Pool);
        var ids = ours.Model.Tokenizer.Encode(prompt);
        return (ids, [.. engine.Generate(new GenerationRequest(ids) { MaximumTokens = count, Sampling = SamplingOptions.Greedy, IgnoreEndOfText = true }, TestContext.Current.CancellationToken)]);
    }
}
