using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A model converted to GGUF, as a file that lasts as long as this object.</summary>
public sealed class ConvertedFile : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-converted-").FullName;

    /// <param name="source">A folder or file that is no GGUF.</param>
    public ConvertedFile(string source)
    {
        using ModelFile file = ModelFiles.Open(source);
        ConvertedModel model = ConvertedModel.Of(file);
        Notes = model.Notes;
        Path = System.IO.Path.Combine(folder, "converted.gguf");
        TensorDeclaration[] declarations = [.. model.Weights.Tensors.Select(t => new TensorDeclaration(t.Name, t.Shape, t.Format))];
        GgufWriter.Write(Path, model.Metadata, declarations, (declaration, stream) => stream.Write(Whole(model.Weights, declaration.Name)));
    }

    public string Path { get; }

    public IReadOnlyList<string> Notes { get; }

    /// <summary>All bytes of a tensor.</summary>
    public static byte[] Whole(ModelFile file, string name)
    {
        TensorEntry entry = file.Find(name)!;
        byte[] bytes = new byte[entry.Bytes];
        file.Read(entry, 0, bytes);
        return bytes;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
