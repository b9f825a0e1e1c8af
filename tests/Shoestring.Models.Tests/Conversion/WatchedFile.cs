using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A model file that remembers the largest read.</summary>
sealed class WatchedFile(ModelFile file) : ModelFile
{
    /// <summary>Bytes of the largest read.</summary>
    public int Largest { get; set; }

    public override string Path => file.Path;

    public override long FileBytes => file.FileBytes;

    public override IReadOnlyList<TensorEntry> Tensors => file.Tensors;

    public override void Read(TensorEntry tensor, long offset, Span<byte> destination)
    {
        Largest = Math.Max(Largest, destination.Length);
        file.Read(tensor, offset, destination);
    }

    public override TensorEntry? Find(string name) => file.Find(name);

    public override void Dispose() => file.Dispose();
}
