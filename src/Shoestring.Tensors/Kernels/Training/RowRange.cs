namespace Shoestring.Tensors;

/// <summary>Neighbouring rows of a batch, such as one of the documents packed in it.</summary>
/// <param name="First">The first row.</param>
/// <param name="Count">How many rows.</param>
public readonly record struct RowRange(int First, int Count)
{
    /// <summary>The row after the last.</summary>
    public int End => First + Count;
}
