using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class JsonArrayTests
{
    static SourceDocument[] Read(TemporaryText file, int most = 1 << 24, BadRecords? bad = null) =>
        [.. DocumentReader.Open(file.Path, new ReaderOptions { MaximumRecordBytes = most }, bad ?? new BadRecords(skip: false)).Read()];

    [Fact]
    public void Records_of_any_size_come_with_their_lines()
    {
        int[] sizes = [1, 70_000, 5, 200_000, 65_536, 3];
        string records = string.Join(",\n\n", sizes.Select(size => $"{{\"text\":\n\"{new string('x', size)}\"}}"));
        using TemporaryText file = new("a.json", $"\uFEFF \n[{records}]\n");
        SourceDocument[] documents = Read(file);
        documents.Select(document => document.Text.Length).ShouldBe(sizes);
        documents.Select(document => document.Where).ShouldBe(sizes.Select((_, i) => $"{file.Path}:{2 + 3 * i}"));
    }

    [Fact]
    public void An_array_on_one_line_longer_than_a_record_may_be_is_read()
    {
        using TemporaryText file = new("a.json", $"[{string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"{{\"text\":\"text {i}\"}}"))}]");
        Read(file, most: 100_000).Length.ShouldBe(50_000);
    }

    [Fact]
    public void A_record_of_another_shape_is_a_bad_record()
    {
        using TemporaryText file = new("a.json", "[{\"text\":\"one\"},\n5,\n{\"text\":\"two\"}]");
        Should.Throw<InputException>(() => Read(file)).Where.ShouldBe($"{file.Path}:2");
        BadRecords bad = new(skip: true);
        Read(file, bad: bad).Length.ShouldBe(2);
        bad.Descriptions.ShouldHaveSingleItem().ShouldContain(":2:");
    }

    [Theory]
    [InlineData("[")]
    [InlineData("[{\"text\":\"one\"}")]
    [InlineData("[{\"text\":\"one\"},")]
    [InlineData("[{\"text\":\"one\"} {\"text\":\"two\"}]")]
    [InlineData("[{\"text\":\"one\"}] more")]
    [InlineData("[{\"text\":\"on")]
    public void What_is_no_sound_array_is_refused_even_where_bad_records_are_passed_over(string text)
    {
        using TemporaryText file = new("a.json", text);
        Should.Throw<InputException>(() => Read(file, bad: new BadRecords(skip: true)));
    }

    [Fact]
    public void A_record_that_is_too_long_is_refused()
    {
        using TemporaryText file = new("a.json", $"[{{\"text\":\"{new string('x', 300_000)}\"}}]");
        Should.Throw<InputException>(() => Read(file, most: 100_000)).What.ShouldContain("100000 bytes");
    }

    [Fact]
    public void JSON_Lines_may_be_called_json()
    {
        using TemporaryText file = new("a.json", "{\"text\":\"one\"}\n{\"text\":\"two\"}");
        Read(file).Length.ShouldBe(2);
    }
}
