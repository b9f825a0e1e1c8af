using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class DocumentReaderTests
{
    static SourceDocument[] Read(TemporaryText file, ReaderOptions? options = null, BadRecords? bad = null) =>
        [.. DocumentReader.Open(file.Path, options ?? new ReaderOptions(), bad ?? new BadRecords(skip: false)).Read()];

    static string[] Texts(string name, string text, ReaderOptions? options = null)
    {
        using TemporaryText file = new(name, text);
        return [.. Read(file, options).Select(document => document.Text)];
    }

    [Theory]
    [InlineData("one\ntwo\n\n \t\r\nthree", "one\ntwo|three")]
    [InlineData("\n\none\r\n\ntwo\n\n\n", "one|two")]
    [InlineData("", "")]
    public void Blank_lines_divide_a_plain_text(string text, string expected) =>
        string.Join('|', Texts("a.txt", text)).ShouldBe(expected);

    [Theory]
    [InlineData("one\n<|endoftext|>\ntwo\n\nthree<|endoftext|>four", "one|two\n\nthree|four")]
    [InlineData("<|endoftext|>one<|endoftext|><|endoftext|>", "one")]
    public void A_marker_divides_it_where_it_stands(string text, string expected) =>
        string.Join('|', Texts("a.txt", text, new ReaderOptions { Division = TextDivision.Marker })).ShouldBe(expected);

    [Fact]
    public void Undivided_it_comes_in_parts_without_loss()
    {
        string text = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"line {i}\n{(i % 7 == 0 ? "\n" : "")}"));
        string[] parts = Texts("a.txt", text, new ReaderOptions { Division = TextDivision.None });
        parts.Length.ShouldBeGreaterThan(1);
        string.Concat(parts).ShouldBe(text);
    }

    [Fact]
    public void A_document_says_where_it_begins()
    {
        using TemporaryText file = new("a.txt", "one\n\n\ntwo\nthree\n");
        Read(file).Select(document => document.Where).ShouldBe([$"{file.Path}:1", $"{file.Path}:4"]);
    }

    [Fact]
    public void Text_that_is_not_UTF_8_spoils_its_document()
    {
        using TemporaryText file = new("a.txt", [.. "one\n\ntwo\n"u8, 0xFF, .. "\nmore\n\nthree"u8]);
        Should.Throw<InputException>(() => Read(file)).Where.ShouldBe($"{file.Path}:4");
        BadRecords bad = new(skip: true);
        Read(file, bad: bad).Select(document => document.Text).ShouldBe(["one", "three"]);
        bad.Count.ShouldBe(1);
        bad.Descriptions.ShouldHaveSingleItem().ShouldContain($"{file.Path}:4");
    }

    [Fact]
    public void Lines_of_JSON_give_their_field_of_text()
    {
        Texts("a.jsonl", "{\"text\": \"one\"}\n\n{\"text\":\"two\\nlines\",\"other\":1}\n").ShouldBe(["one", "two\nlines"]);
        Texts("a.jsonl", "{\"body\": \"one\"}", new ReaderOptions { TextField = "body" }).ShouldBe(["one"]);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{\"text\": 5}")]
    [InlineData("{\"text\": \"\"}")]
    [InlineData("[1]")]
    [InlineData("{\"text\": \"\\ud800\"}")]
    [InlineData("{\"other\": \"x\"}")]
    public void A_bad_line_is_refused_or_counted_with_its_number(string line)
    {
        using TemporaryText file = new("a.jsonl", $"{{\"text\":\"one\"}}\n{line}\n{{\"text\":\"two\"}}\n");
        InputException fault = Should.Throw<InputException>(() => Read(file));
        fault.Where.ShouldBe($"{file.Path}:2");
        fault.Cure.ShouldContain("--skip-bad");
        BadRecords bad = new(skip: true);
        Read(file, bad: bad).Select(document => document.Text).ShouldBe(["one", "two"]);
        bad.Count.ShouldBe(1);
        bad.Descriptions.ShouldHaveSingleItem().ShouldStartWith($"{file.Path}:2: ");
    }

    [Fact]
    public void A_line_that_is_too_long_is_passed_over_as_a_whole()
    {
        string longLine = $"{{\"text\":\"{new string('x', 300_000)}\"}}";
        using TemporaryText file = new("a.jsonl", $"{{\"text\":\"one\"}}\n{longLine}\n{{\"text\":\"two\"}}\n{longLine}");
        ReaderOptions options = new() { MaximumRecordBytes = 1000 };
        Should.Throw<InputException>(() => Read(file, options)).Where.ShouldBe($"{file.Path}:2");
        BadRecords bad = new(skip: true);
        Read(file, options, bad).Select(document => document.Text).ShouldBe(["one", "two"]);
        bad.Count.ShouldBe(2);
    }

    [Fact]
    public void Many_bad_records_are_counted_and_some_described()
    {
        using TemporaryText file = new("a.jsonl", string.Concat(Enumerable.Repeat("bad\n", 100)) + "{\"text\":\"one\"}");
        BadRecords bad = new(skip: true);
        Read(file, bad: bad).Length.ShouldBe(1);
        (bad.Count, bad.Descriptions.Count).ShouldBe((100, BadRecords.MostDescribed));
    }

    [Fact]
    public void Missing_files_and_unknown_shapes_are_input_faults()
    {
        Should.Throw<InputException>(() => DocumentReader.Open("/nowhere/a.txt", new ReaderOptions(), new BadRecords(true)).Read().Any());
        Should.Throw<InputException>(() => DocumentReader.Open("/nowhere/a.json", new ReaderOptions(), new BadRecords(true)).Read().Any());
        using TemporaryText chat = new("a.jsonl", "{\"messages\":[]}");
        Should.Throw<InputException>(() => Read(chat, bad: new BadRecords(skip: true))).Message.ShouldContain("chat template");
        using TemporaryText unknown = new("a.jsonl", "{\"body\":\"x\"}\n{\"text\":\"one\"}");
        BadRecords bad = new(skip: true);
        Read(unknown, bad: bad).ShouldHaveSingleItem();
        bad.Descriptions.ShouldHaveSingleItem().ShouldContain("no field that is known");
    }
}
