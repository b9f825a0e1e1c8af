namespace Shoestring.Tensors;

/// <summary>A tensor that is going to be written.</summary>
/// <param name="Name">Its name; llama.cpp reads names of up to 63 bytes.</param>
/// <param name="Shape">Extents, fastest-varying first.</param>
/// <param name="Format">How its elements are stored.</param>
public sealed record TensorDeclaration(string Name, TensorShape Shape, TensorFormat Format)
{
    /// <summary>Bytes that it takes.</summary>
    public long Bytes => Format.TensorBytes(Shape);
}

/// <summary>
/// Writes a GGUF model, version 3. Tensors are declared first; their bytes are then appended in pieces, to any tensor in
/// any order, so that no tensor has to be held whole. The file appears under its name when <see cref="Commit"/> has
/// flushed it; without that nothing remains of it.
/// </summary>
public sealed class GgufWriter : IDisposable
{
    readonly ReplacingFile file;
    readonly Dictionary<string, (TensorEntry Entry, long Written)> tensors;

    GgufWriter(string path, GgufMetadata metadata, IReadOnlyList<TensorDeclaration> declarations)
    {
        var (header, entries, fileBytes) = GgufHeaderWriter.Lay(metadata, declarations);
        tensors = entries.ToDictionary(entry => entry.Name, entry => (entry, 0L), StringComparer.Ordinal);
        file = new ReplacingFile(path, fileBytes);
        try
        {
            file.Write(0, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Starts a file. Tensor data is aligned by general.alignment, or by 32 bytes where that key is missing.</summary>
    /// <exception cref="InputException">The folder is missing or not writable, or the disk is too full for the whole file.</exception>
    /// <exception cref="ArgumentException">A name or shape cannot be stored, or a name stands twice.</exception>
    public static GgufWriter Create(string path, GgufMetadata metadata, IReadOnlyList<TensorDeclaration> tensors) =>
        new(path, metadata, tensors);

    /// <summary>Bytes of the file that <see cref="Create"/> starts for the same.</summary>
    /// <exception cref="ArgumentException">A name or shape cannot be stored, or a name stands twice.</exception>
    public static long FileBytes(GgufMetadata metadata, IReadOnlyList<TensorDeclaration> tensors) =>
        GgufHeaderWriter.Lay(metadata, tensors).FileBytes;

    /// <summary>Writes a whole model, asking <paramref name="fill"/> for the bytes of one tensor after the other.</summary>
    /// <inheritdoc cref="Create"/>
    public static void Write(
        string path, GgufMetadata metadata, IReadOnlyList<TensorDeclaration> tensors, Action<TensorDeclaration, Stream> fill)
    {
        using var writer = Create(path, metadata, tensors);
        foreach (var tensor in tensors)
        {
            using var stream = writer.OpenTensor(tensor.Name);
            fill(tensor, stream);
        }

        writer.Commit();
    }

    /// <summary>Appends to the bytes of a declared tensor.</summary>
    /// <exception cref="ArgumentException">No such tensor was declared, or it would become longer than declared.</exception>
    /// <exception cref="InputException">The disk is full or fails.</exception>
    public void Append(string tensor, ReadOnlySpan<byte> bytes)
    {
        if (!tensors.TryGetValue(tensor, out var state) || bytes.Length > state.Entry.Bytes - state.Written)
        {
            throw new ArgumentException($"tensor {tensor} was not declared, or {bytes.Length} bytes more are too many for it");
        }

        file.Write(state.Entry.Offset + state.Written, bytes);
        tensors[tensor] = state with { Written = state.Written + bytes.Length };
    }

    /// <summary>A stream that appends to a declared tensor.</summary>
    public Stream OpenTensor(string tensor) => new AppendingStream(this, tensor);

    /// <summary>Makes the file appear under its name, in place of what was there.</summary>
    /// <exception cref="InvalidOperationException">A tensor is not complete.</exception>
    /// <exception cref="InputException">The disk is full or fails.</exception>
    public void Commit()
    {
        foreach (var (entry, written) in tensors.Values)
        {
            if (written != entry.Bytes)
            {
                throw new InvalidOperationException($"tensor {entry.Name} has {written} of its {entry.Bytes} bytes");
            }
        }

        file.Commit();
    }

    /// <summary>Removes what was written unless <see cref="Commit"/> was called.</summary>
    public void Dispose() => file.Dispose();

    sealed class AppendingStream(GgufWriter writer, string tensor) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => writer.Append(tensor, buffer);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
