using System.Buffers;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// A matrix that the file holds as <c>[inputs, outputs]</c> (GPT-2's Conv1D), turned to <c>[outputs, inputs]</c>. The
/// outputs asked for are gathered from every row of the file, so that memory holds no more than what is asked for.
/// </summary>
sealed class TransposedTensor(ModelFile file, TensorEntry source, string name)
    : ConvertedTensor(Named(name, new(source.Shape.Rows, source.Shape.Columns), source.Format))
{
    // One element a block: other formats are not in files that hold matrices so.
    readonly int elementBytes = source.Format.BlockBytes();

    public override void Read(long offset, Span<byte> destination)
    {
        if (offset % elementBytes != 0 || destination.Length % elementBytes != 0)
        {
            throw new ArgumentException($"bytes {offset} to {offset + destination.Length} of {Entry.Name} are no whole elements");
        }
        if (!destination.IsEmpty)
        {
            Gather(offset / elementBytes, destination);
        }
    }

    void Gather(long first, Span<byte> destination)
    {
        long inputs = Entry.Shape.Columns, count = destination.Length / elementBytes;
        long firstOutput = first / inputs, outputs = ((first + count - 1) / inputs) - firstOutput + 1;
        byte[] rented = ArrayPool<byte>.Shared.Rent((int)(outputs * elementBytes));
        Span<byte> strip = rented.AsSpan(0, (int)(outputs * elementBytes));
        for (long input = 0; input < inputs; input++)
        {
            file.Read(source, ((input * Entry.Shape.Rows) + firstOutput) * elementBytes, strip);
            for (int i = 0; i < outputs; i++)
            {
                long at = ((firstOutput + i) * inputs) + input - first;
                if (at >= 0 && at < count)
                {
                    strip.Slice(i * elementBytes, elementBytes).CopyTo(destination[((int)at * elementBytes)..]);
                }
            }
        }
        ArrayPool<byte>.Shared.Return(rented);
    }
}
