using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>
/// Another file's weights seen as GGUF has them: by its names, in its order and its layout. Nothing is held: each read goes to
/// the file beneath, which must stay open and is not closed with this.
/// </summary>
public sealed class ConvertedWeights : ModelFile
{
    readonly ModelFile source;
    readonly Dictionary<string, ConvertedTensor> byName;

    /// <summary>Finds and checks every tensor that the configuration calls for.</summary>
    /// <exception cref="ModelFileException">
    /// One is missing or has another shape than the configuration says, or the file holds one that has no place in the model.
    /// </exception>
    public ConvertedWeights(ModelFile source, ModelConfiguration configuration)
    {
        this.source = source;
        var plan = new ConversionPlan(source, configuration);
        ConvertedTensor[] tensors = [.. plan.Tensors()];
        plan.RefuseOthers();
        byName = tensors.ToDictionary(tensor => tensor.Entry.Name, StringComparer.Ordinal);
        Tensors = [.. tensors.Select(tensor => tensor.Entry)];
        LeftOut = plan.LeftOut;
    }

    /// <summary>Matrices of the source that the model does not use, by their names there.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    /// <inheritdoc/>
    public override string Path => source.Path;

    /// <inheritdoc/>
    public override long FileBytes => source.FileBytes;

    /// <inheritdoc/>
    public override IReadOnlyList<TensorEntry> Tensors { get; }

    /// <inheritdoc/>
    public override TensorEntry? Find(string name) => byName.GetValueOrDefault(name)?.Entry;

    /// <inheritdoc/>
    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        if (!byName.TryGetValue(tensor.Name, out ConvertedTensor? converted) || offset < 0 || offset > converted.Entry.Bytes - destination.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + destination.Length} of {tensor.Name}, which has {tensor.Bytes}");
        }
        converted.Read(offset, destination);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // The file beneath belongs to whoever opened it.
    }
}
