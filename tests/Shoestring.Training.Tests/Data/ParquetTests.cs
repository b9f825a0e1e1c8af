using Parquet;
using Parquet.Schema;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class ParquetTests
{
    /// <summary>A file with two groups of rows.</summary>
    static async Task<byte[]> File(CompressionMethod compression, params (string Name, string?[] Values)[] columns)
    {
        using MemoryStream stream = new();
        DataField[] fields = [.. columns.Select(column => new DataField<string>(column.Name))];
        ParquetOptions options = new() { CompressionMethod = compression };
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream, options))
        {
            int half = columns[0].Values.Length / 2;
            foreach (Range part in (Range[])[Range.EndAt(half), Range.StartAt(half)])
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                for (int column = 0; column < columns.Length; column++)
                {
                    await group.WriteAsync(fields[column], columns[column].Values[part]!);
                }
            }
        }
        return stream.ToArray();
    }

    static SourceDocument[] Read(byte[] bytes, ReaderOptions? options = null, BadRecords? bad = null)
    {
        using TemporaryText file = new("a.parquet", bytes);
        return [.. DocumentReader.Open(file.Path, options ?? new ReaderOptions(), bad ?? new BadRecords(skip: false)).Read()];
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Zstd)]
    public async Task Rows_give_their_column_of_text(CompressionMethod compression)
    {
        string[] texts = [.. Enumerable.Range(0, 101).Select(i => $"text {i} naïve 🦙")];
        byte[] bytes = await File(compression, ("other", texts), ("text", [.. texts.Reverse()]));
        SourceDocument[] documents = Read(bytes);
        documents.Select(document => document.Text).ShouldBe(texts.Reverse());
        documents[^1].Where.ShouldEndWith("a.parquet:101");
        Read(bytes, new ReaderOptions { TextField = "other" }).Select(document => document.Text).ShouldBe(texts);
    }

    [Fact]
    public async Task Rows_may_be_instructions()
    {
        byte[] bytes = await File(CompressionMethod.None, ("instruction", ["Add.", "Greet."]), ("input", ["1 2", null]), ("output", ["3", "Hi"]));
        SourceDocument[] documents = Read(bytes);
        documents.Select(document => document.Segments[^1].Text).ShouldBe(["3", "Hi"]);
        documents[0].Text.ShouldContain("### Input:\n1 2");
        documents[1].Text.ShouldNotContain("### Input");
    }

    [Fact]
    public async Task Rows_without_text_are_bad_records()
    {
        byte[] bytes = await File(CompressionMethod.None, ("text", ["one", null, "", "two"]));
        Should.Throw<InputException>(() => Read(bytes)).Where.ShouldEndWith("a.parquet:2");
        BadRecords bad = new(skip: true);
        Read(bytes, bad: bad).Length.ShouldBe(2);
        bad.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Damaged_files_are_input_faults()
    {
        byte[] bytes = await File(CompressionMethod.Snappy, ("text", [.. Trained.Stories.Split('\n')]));
        Should.Throw<InputException>(() => Read([1, 2, 3]));
        Should.Throw<InputException>(() => Read(bytes[..^20]));
        Should.Throw<InputException>(() => Read([]));
        for (int place = 4; place < bytes.Length; place += Math.Max(1, bytes.Length / 200))
        {
            byte[] damaged = [.. bytes];
            damaged[place] ^= 0x55;
            try
            {
                Read(damaged, bad: new BadRecords(skip: true));
            }
            catch (InputException)
            {
                // Refused; any other exception fails the test.
            }
        }
    }
}
