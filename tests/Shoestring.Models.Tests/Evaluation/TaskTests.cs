using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>What each task makes of a line.</summary>
public sealed class TaskTests
{
    static EvaluationItem Read(string task, string line, Func<string, string>? alter = null)
    {
        EvaluationTask chosen = EvaluationTasks.Find(task);
        using JsonDocument document = JsonDocument.Parse(line);
        return chosen.Read(new ItemFields(document.RootElement, chosen, "data/some.jsonl", 3), alter ?? (text => text));
    }

    static (string Context, string Text)[] Choices(EvaluationItem item) => [.. item.Choices.Texts.Select(text => (text.Context, text.Text))];

    [Fact]
    public void Blimp_scores_whole_sentences()
    {
        EvaluationItem item = Read("blimp", """{"sentence_good":"Karla could listen to herself.","sentence_bad":"Karla could listen to himself.","UID":"anaphor"}""");
        Choices(item).ShouldBe([("", "Karla could listen to herself."), ("", "Karla could listen to himself.")]);
        (item.Group, item.Answer, item.Choices.Where).ShouldBe(("anaphor", 0, "data/some.jsonl:3"));
        Read("blimp", """{"sentence_good":"A b.","sentence_bad":"A c."}""").Group.ShouldBe("some");
    }

    [Theory]
    [InlineData("Who does he like now?", "Who does she like now?", "WHO DOES he LIKE NOW?", "WHO DOES she LIKE NOW?")]
    [InlineData("Cats sleep.", "Cats sleeps.", "CATS sleep.", "CATS sleeps.")]
    [InlineData("He runs home", "They run home", "He runs HOME", "They run HOME")]
    [InlineData("same words", "same words", "SAME words", "SAME words")]
    [InlineData("a a a", "a a", "A a a", "A a")]
    [InlineData("one", "two", "one", "two")]
    public void Blimp_alters_only_the_words_that_both_share(string good, string bad, string altered, string other)
    {
        EvaluationItem item = Read("blimp", $$"""{"sentence_good":"{{good}}","sentence_bad":"{{bad}}"}""", text => text.ToUpperInvariant());
        Choices(item).Select(choice => choice.Text).ShouldBe([altered, other]);
    }

    [Fact]
    public void Lambada_asks_for_the_last_word()
    {
        EvaluationItem item = Read("lambada", """{"text":"He said, \"I don't care about signs "}""", text => text + "~");
        Choices(item).ShouldBe([("He said, \"I don't care about~", " signs")]);
    }

    [Fact]
    public void Piqa_asks_a_question()
    {
        EvaluationItem item = Read("piqa", """{"goal":"To open it","sol1":"Push","sol2":"Pull hard","label":1}""", text => text.ToUpperInvariant());
        Choices(item).ShouldBe([("Question: TO OPEN IT\nAnswer:", " Push"), ("Question: TO OPEN IT\nAnswer:", " Pull hard")]);
        (item.Answer, item.ChoiceBytes).ShouldSatisfyAllConditions(one => one.Answer.ShouldBe(1), one => one.ChoiceBytes.ShouldBe([4, 9]));
    }

    [Fact]
    public void HellaSwag_is_cleaned()
    {
        EvaluationItem item = Read("hellaswag", """{"activity_label":"Cooking","ctx_a":"[header] How to [title] cook","ctx_b":"a MAN","ctx":"unused","endings":["[step] stirs  it.","leaves"],"label":"0"}""");
        Choices(item).ShouldBe([("Cooking: How to. cook A man", "  stirs it."), ("Cooking: How to. cook A man", " leaves")]);
        Choices(Read("hellaswag", """{"ctx":"He [open","endings":["a","é"],"label":1}"""))[1].ShouldBe(("He [open", " é"));
    }

    [Fact]
    public void Arc_and_OpenBookQA_have_labels()
    {
        EvaluationItem arc = Read("arc", """{"id":"x","question":"Why?","choices":{"text":["a","b","c"],"label":["1","2","3"]},"answerKey":"3"}""");
        (arc.Answer, Choices(arc)[2]).ShouldBe((2, ("Question: Why?\nAnswer:", " c")));
        EvaluationItem book = Read("openbookqa", """{"question_stem":"The sun is","choices":{"text":["a star","cold"],"label":["A","B"]},"answerKey":"A"}""");
        (book.Answer, Choices(book)[0]).ShouldBe((0, ("The sun is", " a star")));
    }

    [Fact]
    public void Winogrande_scores_what_follows_the_blank()
    {
        EvaluationItem item = Read("winogrande", """{"sentence":"Ann called Eve because _ was late.","option1":"Ann","option2":"Eve","answer":"2"}""");
        Choices(item).ShouldBe([("Ann called Eve because Ann", " was late."), ("Ann called Eve because Eve", " was late.")]);
        item.Answer.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"question":"Why?","choices":["7","0"],"answer":"0"}""", 1, "Question: Why?\nAnswer:", " 7")]
    [InlineData("""{"question":"Why?","choices":["7","0"],"answer":0}""", 0, "Question: Why?\nAnswer:", " 7")]
    [InlineData("""{"context":"Because","choices":["this","that"],"answer":"that"}""", 1, "Because", " this")]
    [InlineData("""{"context":"","choices":["this","that"],"answer":1}""", 1, "", "this")]
    public void One_s_own_questions_name_the_answer_by_place_or_text(string line, int answer, string context, string first)
    {
        EvaluationItem item = Read("multiple-choice", line);
        (item.Answer, Choices(item)[0]).ShouldBe((answer, (context, first)));
    }

    [Fact]
    public void Every_task_s_own_shape_is_sound_but_for_its_dots()
    {
        foreach (EvaluationTask task in EvaluationTasks.All)
        {
            string shape = task.Shape.Split(" or ")[0];
            Read(task.Name, shape.Replace("… _ …", "x _ y").Replace("\"text\":\"…\"", "\"text\":\"x y\"").Replace("…", "x")).Choices.Texts.Count.ShouldBeGreaterThan(0);
        }
        Should.Throw<InputException>(() => EvaluationTasks.Find("frob")).Message.ShouldStartWith("--task: there is no task 'frob'; use one of blimp, lambada");
        EvaluationTasks.Find("PIQA").Name.ShouldBe("piqa");
    }
}
