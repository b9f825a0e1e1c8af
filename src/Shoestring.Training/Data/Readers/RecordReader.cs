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
            // A missing template is no fault of the record: it is told at once.
            shape ??= RecordShape.For(record, options);
            if (Attempt(record, shape) is { } document)
            {
                yield return document;
            }
        }
    }

    SourceDocument? Attempt(SourceRecord record, RecordShape? shape)
    {
        try
        {
            return shape is null ? throw Unknown(record) : shape.Read(record);
        }
        catch (InputException fault)
        {
            bad.Report(fault);
            return null;
        }
    }

    InputException Unknown(SourceRecord record) => new("the record has no field that is known", record.Where,
        $"give records with \"{options.TextField}\", with \"instruction\", \"input\" and \"output\", or with \"messages\"");
}
