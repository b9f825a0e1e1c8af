using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// The order of a head's rows in queries and keys. Hugging Face pairs channel i with channel i + n/2 for the rotary
/// embedding, GGUF's llama architecture pairs neighbours: row 2i here is row i there, row 2i + 1 is row i + n/2.
/// </summary>
/// <param name="Channels">Channels of a head, n.</param>
readonly record struct HeadRows(int Channels)
{
    /// <summary>Where row <paramref name="row"/> of the interleaved order is in the order by halves.</summary>
    public long SourceOf(long row)
    {
        long channel = row % Channels;
        return row - channel + (channel / 2) + (channel % 2 * (Channels / 2));
    }
}

/// <summary>A matrix whose rows change their order within each head.</summary>
sealed class HeadRowsTensor(ModelFile file, TensorEntry source, string name, HeadRows order) : ConvertedTensor(source with { Name = name })
{
    public override void Read(long offset, Span<byte> destination)
    {
        long rowBytes = source.Format.RowBytes(source.Shape.Columns);
        while (!destination.IsEmpty)
        {
            (long row, long within) = Math.DivRem(offset, rowBytes);
            int count = (int)Math.Min(rowBytes - within, destination.Length);
            file.Read(source, (order.SourceOf(row) * rowBytes) + within, destination[..count]);
            destination = destination[count..];
            offset += count;
        }
    }
}
