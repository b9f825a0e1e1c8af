using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Reads records in the shape that is asked for, or in that of the first record.</summary>
sealed class RecordReader(RecordSource source, ReaderOptions options, BadRecords bad) : DocumentReader
{
    public override IEnumerable<SourceDocument> Read()
    {
        RecordShape? shape = null;
        foreach (SourceRecord record in source.Read())
        {
            if (Attempt(() => (shape ??= RecordShape.For(record, options)).Read(record)) is { } document)
            {
                yield return document;
            }
        }
    }

    SourceDocument? Attempt(Func<SourceDocument> read)
    {
        try
        {
            return read();
        }
        catch (InputException fault)
        {
            bad.Report(fault);
            return null;
        }
    }
}
