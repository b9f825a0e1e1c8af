namespace Shoestring.Tensors;

/// <summary>
/// A tensor format: the struct is one block exactly as a file holds it, so that a span of file bytes is a span of blocks.
/// Code that is generic over the format is compiled once for each, with no dispatch inside its loops.
/// </summary>
/// <typeparam name="TSelf">The block itself.</typeparam>
public interface IBlockFormat<TSelf>
    where TSelf : unmanaged, IBlockFormat<TSelf>
{
    /// <summary>The format's number in a GGUF file.</summary>
    static abstract TensorFormat Format { get; }

    /// <summary>Elements in one block.</summary>
    static abstract int Elements { get; }

    /// <summary>Decodes whole blocks; each value is bitwise what ggml's <c>dequantize_row</c> of the format gives.</summary>
    /// <param name="blocks">The blocks, in order.</param>
    /// <param name="values">Receives <c>blocks.Length * Elements</c> values; a shorter span throws.</param>
    static abstract void Decode(ReadOnlySpan<TSelf> blocks, Span<float> values);
}

/// <summary>A format that this build also writes.</summary>
/// <inheritdoc cref="IBlockFormat{TSelf}"/>
public interface IEncodableBlockFormat<TSelf> : IBlockFormat<TSelf>
    where TSelf : unmanaged, IEncodableBlockFormat<TSelf>
{
    /// <summary>
    /// Encodes whole blocks; the bytes are those of ggml's <c>quantize_chunk</c> without an importance matrix. A block
    /// that holds a NaN or an infinity gets arbitrary contents (never an exception), other blocks are not affected.
    /// </summary>
    /// <param name="values">The values, <c>blocks.Length * Elements</c> of them; fewer throw.</param>
    /// <param name="blocks">Receives the blocks.</param>
    static abstract void Encode(ReadOnlySpan<float> values, Span<TSelf> blocks);
}
