using Parquet;
using Parquet.Schema;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A record in each row of a Parquet file, read by row groups: one of them is in memory.</summary>
sealed class ParquetSource(string path, ReaderOptions options) : RecordSource
{
    /// <summary>The most rows of a row group that are believed; writers make groups of a thousand to a million.</summary>
    const long MostRows = 1 << 22;

    public override IEnumerable<SourceRecord> Read()
    {
        ParquetReader file = Attempt(() => ParquetReader.CreateAsync(path));
        try
        {
            DataField[] columns = [.. file.Schema.DataFields.Where(column => IsWanted(column.Path.ToString()) && IsText(column))];
            long row = 0;
            for (int group = 0; group < file.RowGroupCount; group++)
            {
                Dictionary<string, string?[]> texts = ReadGroup(file, group, columns, out int rows);
                for (int i = 0; i < rows; i++)
                {
                    yield return new ParquetRow(texts, i, $"{path}:{++row}");
                }
            }
        }
        finally
        {
            file.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    bool IsWanted(string name) => name == options.TextField || name is "instruction" or "input" or "output";

    static bool IsText(DataField column) => column.MaxRepetitionLevel == 0 && (column.ClrType == typeof(string) || column.ClrType == typeof(ReadOnlyMemory<char>));

    Dictionary<string, string?[]> ReadGroup(ParquetReader file, int group, DataField[] columns, out int rows)
    {
        ParquetRowGroupReader reader = Attempt(() => Task.FromResult(file.OpenRowGroupReader(group)));
        if (reader.RowCount is < 0 or > MostRows)
        {
            throw new InputException($"row group {group} says that it has {reader.RowCount} rows, expected at most {MostRows}", path, "write smaller row groups");
        }
        rows = (int)reader.RowCount;
        Dictionary<string, string?[]> texts = [];
        foreach (DataField column in columns)
        {
            string?[] values = new string?[rows];
            texts[column.Path.ToString()] = Attempt(async () =>
            {
                await reader.ReadAsync(column, values.AsMemory()).ConfigureAwait(false);
                return values;
            });
        }
        return texts;
    }

    /// <summary>Whatever the library throws at a file means that the file cannot be read by it; a size that no memory holds is one of its faults too.</summary>
    T Attempt<T>(Func<Task<T>> work)
    {
        try
        {
            return work().GetAwaiter().GetResult();
        }
        catch (Exception fault)
        {
            throw new InputException($"it cannot be read as Parquet ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", path, "check the path, or write the file again", fault);
        }
    }

    /// <summary>A row's fields of text.</summary>
    sealed class ParquetRow(Dictionary<string, string?[]> texts, int row, string where) : SourceRecord(where)
    {
        public override bool Has(string name) => texts.ContainsKey(name);

        public override string? TextOrNull(string name) => texts.TryGetValue(name, out string?[]? column) ? column[row] : null;
    }
}
