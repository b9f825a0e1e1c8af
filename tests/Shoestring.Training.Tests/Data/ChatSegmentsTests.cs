using System.Text.Json;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>Answers are learned where they are in use: after exactly the prompt that the model is given there.</summary>
public class ChatSegmentsTests
{
    static readonly ChatMessage[] Conversation =
    [
        ChatMessage.System("Be brief."), ChatMessage.User("Who are you?"), ChatMessage.Assistant("A model."), ChatMessage.User("Sure?"), ChatMessage.Assistant("Quite."),
    ];

    public static TheoryData<string> Templates => [.. ChatTemplate.Names];

    [Theory]
    [MemberData(nameof(Templates))]
    public void Before_each_answer_stands_what_the_model_is_prompted_with(string name)
    {
        ChatTemplate template = ChatTemplate.ByName(name);
        foreach (ChatMessage[] messages in (ChatMessage[][])[Conversation, Conversation[1..], Conversation[..3]])
        {
            IReadOnlyList<TextSegment> segments = ChatSegments.Of(template, messages, "a.jsonl:1");
            string.Concat(segments.Select(segment => segment.Text)).ShouldBe(template.Apply(messages, addGenerationPrompt: false));
            int[] answers = [.. Enumerable.Range(0, messages.Length).Where(i => messages[i].Role == "assistant")];
            string before = "";
            int answer = 0;
            foreach (TextSegment segment in segments)
            {
                if (segment.IsTarget)
                {
                    before.ShouldBe(template.Apply(messages[..answers[answer]]));
                    segment.Text.ShouldContain(messages[answers[answer]].Content);
                    if (template.StopTexts.Count > 0)
                    {
                        segment.Text.ShouldEndWith(template.StopTexts[0]);
                    }
                    answer++;
                }
                before += segment.Text;
            }
            answer.ShouldBe(answers.Length);
        }
    }

    [Fact]
    public void Chats_are_read_by_either_names()
    {
        using TemporaryText file = new("a.jsonl",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Ho\"}]}\n" +
            "{\"conversations\":[{\"from\":\"human\",\"value\":\"Hi\"},{\"from\":\"gpt\",\"value\":\"Ho\"}]}\n");
        SourceDocument[] documents = [.. DocumentReader.Open(file.Path, new ReaderOptions { Template = ChatTemplate.ByName("chatml") }, new BadRecords(false)).Read()];
        documents.Length.ShouldBe(2);
        documents[1].Segments.ShouldBe(documents[0].Segments);
        documents[0].Segments.Single(segment => segment.IsTarget).Text.ShouldBe("Ho<|im_end|>");
    }

    [Theory]
    [InlineData("{\"messages\":[]}")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}")]
    [InlineData("{\"messages\":[{\"role\":\"robot\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Ho\"}]}")]
    [InlineData("{\"messages\":[{\"role\":\"user\"},{\"role\":\"assistant\",\"content\":\"Ho\"}]}")]
    [InlineData("{\"messages\":[5]}")]
    public void Bad_chats_are_bad_records(string line)
    {
        using TemporaryText file = new("a.jsonl", line);
        BadRecords bad = new(skip: true);
        DocumentReader.Open(file.Path, new ReaderOptions { Template = ChatTemplate.ByName("chatml") }, bad).Read().ShouldBeEmpty();
        bad.Count.ShouldBe(1);
    }

    [Fact]
    public void Instructions_learn_the_output_alone()
    {
        using TemporaryText file = new("a.json", "[{\"instruction\":\"Add.\",\"input\":\"1 2\",\"output\":\"3\"},{\"instruction\":\"Greet.\",\"input\":\"\",\"output\":\"Hi\"}]");
        SourceDocument[] documents = [.. DocumentReader.Open(file.Path, new ReaderOptions(), new BadRecords(false)).Read()];
        documents[0].Segments.Select(segment => segment.IsTarget).ShouldBe([false, true]);
        documents[0].Segments[0].Text.ShouldEndWith("### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:");
        documents[0].Segments[1].Text.ShouldBe("3");
        documents[1].Text.ShouldNotContain("Input");
        SourceDocument chat = DocumentReader.Open(file.Path, new ReaderOptions { Template = ChatTemplate.ByName("chatml") }, new BadRecords(false)).Read().First();
        chat.Segments[0].Text.ShouldBe("<|im_start|>user\nAdd.\n\n1 2<|im_end|>\n<|im_start|>assistant\n");
    }
}
