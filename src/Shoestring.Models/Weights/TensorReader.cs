using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Reads a model file's weights by their GGUF names, whatever names the file has, and checks their shapes.</summary>
public sealed class TensorReader(ModelFile file, WorkerPool pool, MemoryAccount account)
{
    // Rows are padded to whole groups, which a sixteenth more covers; coded tensors have fewer bytes in the file than here.
    readonly NativeArena arena = new(MemoryKind.Weights, account, Math.Max(file.FileBytes, file.Tensors.Sum(tensor => tensor.Bytes)) / 16 * 17);

    /// <summary>No more weights will be read: the memory that was set aside for them is given up.</summary>
    public void Close() => arena.Close();

    /// <summary>Whether the file has the tensor.</summary>
    public bool Has(string name) => Find(name) != null;

    /// <summary>A weight matrix <c>[outputs, inputs]</c>.</summary>
    /// <exception cref="ModelFileException">It is missing or has another shape.</exception>
    public PackedMatrix Matrix(string name, int outputs, int inputs) => PackedMatrix.Load(file, Checked(name, inputs, outputs), pool, arena);

    /// <summary>Rows of a matrix whose outputs are several layers' (GPT-2's fused query, key and value).</summary>
    public PackedMatrix Rows(string name, int firstRow, int outputs, int allOutputs, int inputs) =>
        PackedMatrix.Load(file, Checked(name, inputs, allOutputs), firstRow, outputs, pool, arena);

    /// <summary>A vector, decoded to floats. <c>[1, length]</c></summary>
    public Tensor Vector(string name, int length) => Vector(name, length, 0, length);

    /// <summary>A vector, or null where the file has none of that name.</summary>
    public Tensor? OptionalVector(string name, int length) => Has(name) ? Vector(name, length) : null;

    /// <summary>Part of a vector of <paramref name="allLength"/> elements.</summary>
    public Tensor Vector(string name, int length, int first, int allLength)
    {
        TensorEntry entry = Checked(name, allLength, 1);
        byte[] bytes = new byte[entry.Bytes];
        file.Read(entry, 0, bytes);
        float[] values = new float[allLength];
        entry.Format.Decode(bytes, values);
        NativeBuffer buffer = new((long)length * sizeof(float), MemoryKind.Weights, account);
        values.AsSpan(first, length).CopyTo(buffer.Span<float>(0, length));
        return new Tensor(buffer, 0, 1, length);
    }

    TensorEntry Checked(string name, int columns, int rows)
    {
        TensorEntry entry = Find(name) ?? throw new ModelFileException($"tensor {name} is missing", file.Path, "the file is incomplete: fetch or convert it again");
        return entry.Shape.Columns == columns && entry.Shape.Elements == (long)columns * rows && entry.Shape.Rows == rows ? entry
            : throw new ModelFileException($"tensor {name} has shape {entry.Shape}, expected [{columns}, {rows}]", file.Path, "the metadata and the weights disagree: convert the model again");
    }

    TensorEntry? Find(string name) => file.Find(name) ?? (TensorNames.ToHuggingFace(name) is { } other ? file.Find(other) : null);
}
