namespace Shoestring.Training;

/// <summary>A file of records.</summary>
abstract class RecordSource
{
    /// <summary>The records in their order. A record lasts until the next is asked for.</summary>
    public abstract IEnumerable<SourceRecord> Read();
}
