using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Data that is not what it should be is one line that says where.</summary>
public sealed class EvaluationDataTests : IDisposable
{
    const string Piqa = """{"goal":"g","sol1":"a","sol2":"b","label":0}""";
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-data-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Write(string text, string name = "items.jsonl") => Write(Encoding.UTF8.GetBytes(text), name);

    string Write(byte[] bytes, string name = "items.jsonl")
    {
        string path = Path.Combine(folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    static IReadOnlyList<EvaluationItem> Read(string task, string path, int? limit = null) => EvaluationData.Read(EvaluationTasks.Find(task), path, limit)[0];

    [Theory]
    [InlineData("piqa", "{", "not sound JSON of at most 16 levels")]
    [InlineData("piqa", "{} {}", "not sound JSON")]
    [InlineData("piqa", "nonsense", "not sound JSON")]
    [InlineData("piqa", "[1]", "the line is a list, not an object")]
    [InlineData("piqa", "\"text\"", "the line is a text, not an object")]
    [InlineData("piqa", "{}", "there is no \"goal\"")]
    [InlineData("piqa", """{"goal":7}""", "\"goal\" is a number, expected a text")]
    [InlineData("piqa", """{"goal":null}""", "\"goal\" is null, expected a text")]
    [InlineData("piqa", """{"goal":"  "}""", "\"goal\" is empty")]
    [InlineData("piqa", """{"goal":"\ud800"}""", "\"goal\" is not text")]
    [InlineData("piqa", """{"goal":"g","sol1":"a","sol2":"b"}""", "there is no \"label\"")]
    [InlineData("piqa", """{"goal":"g","sol1":"a","sol2":"b","label":2}""", "\"label\" is 2, expected 0 to 1")]
    [InlineData("piqa", """{"goal":"g","sol1":"a","sol2":"b","label":-1}""", "\"label\" is -1")]
    [InlineData("piqa", """{"goal":"g","sol1":"a","sol2":"b","label":0.5}""", "\"label\" is 0.5")]
    [InlineData("piqa", """{"goal":"g","sol1":"a","sol2":"b","label":99999999999}""", "\"label\" is 99999999999")]
    [InlineData("piqa", """{"goal":"g","sol1":"a","sol2":"b","label":"one"}""", "\"label\" is \"one\"")]
    [InlineData("piqa", """{"goal":"g","sol1":"a","sol2":"b","label":true}""", "\"label\" is true or false")]
    [InlineData("blimp", """{"sentence_good":"a"}""", "there is no \"sentence_bad\"")]
    [InlineData("blimp", """{"sentence_good":"a","sentence_bad":"b","UID":3}""", "\"UID\" is a number")]
    [InlineData("lambada", """{"text":"word"}""", "no word before its last one")]
    [InlineData("hellaswag", """{"ctx":"c","endings":["a"],"label":0}""", "\"endings\" is a list of 1, expected 2 to 64 texts")]
    [InlineData("hellaswag", """{"ctx":"c","endings":"a","label":0}""", "\"endings\" is a text, expected 2 to 64 texts")]
    [InlineData("hellaswag", """{"ctx":"c","endings":["a",""],"label":0}""", "\"endings\"[1] is empty")]
    [InlineData("hellaswag", """{"ctx":"c","endings":["a","[b]"],"label":0}""", "an ending is empty")]
    [InlineData("hellaswag", """{"ctx":"c","endings":["a","b"],"label":"2"}""", "\"label\" is \"2\", expected 0 to 1")]
    [InlineData("arc", """{"question":"q","choices":["a","b"],"answerKey":"A"}""", "\"choices\" is a list, expected an object")]
    [InlineData("arc", """{"question":"q","choices":{"text":["a","b"],"label":["A","B","C"]},"answerKey":"A"}""", "2 choices and 3 labels")]
    [InlineData("arc", """{"question":"q","choices":{"text":["a","b"],"label":["A","B"]},"answerKey":"C"}""", "the answer 'C' is none of the labels")]
    [InlineData("openbookqa", """{"question":"q"}""", "there is no \"question_stem\"")]
    [InlineData("winogrande", """{"sentence":"no blank","option1":"a","option2":"b","answer":"1"}""", "no blank '_'")]
    [InlineData("winogrande", """{"sentence":"ends in _ ","option1":"a","option2":"b","answer":"1"}""", "no blank '_' with text after it")]
    [InlineData("winogrande", """{"sentence":"a _ b","option1":"a","option2":"b","answer":"0"}""", "\"answer\" is \"0\", expected 1 to 2")]
    [InlineData("multiple-choice", """{"choices":["a","b"],"answer":0}""", "there is no \"question\"")]
    [InlineData("multiple-choice", """{"question":"q","choices":["a","b"],"answer":"c"}""", "the answer 'c' is none of the choices")]
    [InlineData("multiple-choice", """{"question":"q","choices":["a",1],"answer":0}""", "\"choices\"[1] is a number")]
    public void A_wrong_line_is_named(string task, string line, string expected)
    {
        string path = Write(task == "piqa" ? $"{Piqa}\n\n{line}\n" : $"\n\n{line}");
        string message = Should.Throw<InputException>(() => Read(task, path)).Message;
        message.ShouldStartWith($"{path}:3: ");
        message.ShouldContain(expected);
        message.ShouldNotContain("\n");
    }

    [Fact]
    public void Nesting_and_length_are_bounded()
    {
        string deep = Write($$"""{"a":{{new string('[', 40)}}{{new string(']', 40)}}}""");
        Should.Throw<InputException>(() => Read("piqa", deep)).Message.ShouldContain(":1: the line is not sound JSON of at most 16 levels");
        string padding = new(' ', JsonLines.MaximumLineBytes - Piqa.Length);
        Read("piqa", Write($"{Piqa}{padding}\n{Piqa}")).Count.ShouldBe(2);
        Should.Throw<InputException>(() => Read("piqa", Write($"{Piqa}\n{Piqa}{padding} \n"))).Message.ShouldContain($"items.jsonl:2: the line has more than {JsonLines.MaximumLineBytes} bytes");
        Should.Throw<InputException>(() => Read("piqa", Write(new byte[5 * JsonLines.MaximumLineBytes]))).Message.ShouldContain("items.jsonl:1: the line has more than");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_named()
    {
        byte[] line = Encoding.UTF8.GetBytes(Piqa);
        line[Array.IndexOf(line, (byte)'g', 8)] = 0xFF;
        Should.Throw<InputException>(() => Read("piqa", Write(line))).Message.ShouldContain("items.jsonl:1: ");
    }

    [Fact]
    public void Line_ends_blank_lines_and_a_byte_order_mark_do_not_matter()
    {
        Read("piqa", Write($"\uFEFF{Piqa}\r\n \t\r\n{Piqa}\r\n\r\n")).Select(item => item.Choices.Where[^2..]).ShouldBe([":1", ":3"]);
        Read("piqa", Write(Piqa)).Count.ShouldBe(1);
    }

    [Fact]
    public void Lines_that_end_anywhere_in_the_buffer_come_whole()
    {
        string[] goals = [.. Enumerable.Range(0, 300).Select(i => new string((char)('a' + i % 26), 1 + i * 37 % 4001))];
        IReadOnlyList<EvaluationItem> items = Read("piqa", Write(string.Join('\n', goals.Select(goal => Piqa.Replace("\"g\"", $"\"{goal}\"")))));
        items.Select(item => item.Choices.Texts[0].Context).ShouldBe(goals.Select(goal => $"Question: {goal}\nAnswer:"));
    }

    [Fact]
    public void A_limit_reads_no_further()
    {
        string path = Write($"{Piqa}\n{Piqa}\nnonsense");
        Read("piqa", path, limit: 2).Count.ShouldBe(2);
        Should.Throw<InputException>(() => Read("piqa", path, limit: 3));
    }

    [Fact]
    public void A_folder_is_read_file_by_file()
    {
        Write(Piqa.Replace("\"g\"", "\"second\""), "b.jsonl");
        Write($"{Piqa}\n{Piqa}", "a.jsonl");
        Write("nonsense", "c.txt");
        Read("piqa", folder, limit: 1).Select(item => item.Choices.Texts[0].Context).ShouldBe(["Question: g\nAnswer:", "Question: second\nAnswer:"]);
        Write("\n", "d.jsonl");
        Should.Throw<InputException>(() => Read("piqa", folder)).Message.ShouldContain("d.jsonl: it holds no item");
    }

    [Fact]
    public void What_cannot_be_read_is_named()
    {
        Should.Throw<InputException>(() => Read("piqa", Path.Combine(folder, "missing.jsonl"))).Message.ShouldEndWith("missing.jsonl: there is no such file; check the path");
        Should.Throw<InputException>(() => Read("piqa", folder)).Message.ShouldContain("the folder holds no .jsonl file");
        Should.Throw<InputException>(() => Read("piqa", Write(""))).Message.ShouldContain("it holds no item");
    }

    [Fact]
    public void Damaged_bytes_are_an_item_or_a_fault_of_the_user_s()
    {
        int faults = 0;
        for (int run = 0; run < 2000; run++)
        {
            EvaluationTask task = EvaluationTasks.All[run % EvaluationTasks.All.Count];
            byte[] bytes = Encoding.UTF8.GetBytes(task.Shape.Split(" or ")[0] + "\n");
            ItemRandom random = new(1, (ulong)run, 0);
            for (int edit = 0; edit <= random.Below(4); edit++)
            {
                bytes[random.Below(bytes.Length)] = (byte)(random.Next() < 0.5 ? random.Below(256) : "{}[]\",:\\un0 "[random.Below(12)]);
            }
            string path = Write(bytes);
            try
            {
                EvaluationData.Read(task, path, null, Perturbation.Find("all", 0.5));
            }
            catch (InputException)
            {
                faults++;
            }
        }
        faults.ShouldBeInRange(500, 1999);
    }

    [Fact]
    public void Perturbed_items_go_with_their_own()
    {
        string path = Write(string.Join('\n', Enumerable.Range(0, 5).Select(_ => Piqa.Replace("\"g\"", "\"several words which could change\""))));
        IReadOnlyList<Perturbation> all = Perturbation.Find("all", 0.5);
        IReadOnlyList<EvaluationItem>[] items = EvaluationData.Read(EvaluationTasks.Find("piqa"), path, null, all, seed: 7), again = EvaluationData.Read(EvaluationTasks.Find("piqa"), path, 3, all, seed: 7);
        items.Length.ShouldBe(3);
        for (int i = 0; i < 5; i++)
        {
            items[0][i].Choices.Texts[0].Context.ShouldBe("Question: several words which could change\nAnswer:");
            string typo = items[1][i].Choices.Texts[0].Context, flipped = items[2][i].Choices.Texts[0].Context;
            typo.ShouldStartWith("Question: ");
            flipped.ShouldBe(items[0][i].Choices.Texts[0].Context, StringCompareShould.IgnoreCase);
            (typo != flipped).ShouldBeTrue();
            items[1][i].Choices.Texts[0].Text.ShouldBe(" a");
        }
        items[2].Select(item => item.Choices.Texts[0].Context).Distinct().Count().ShouldBe(5);
        again[1].Select(item => item.Choices.Texts[0]).ShouldBe(items[1].Take(3).Select(item => item.Choices.Texts[0]));
    }
}
