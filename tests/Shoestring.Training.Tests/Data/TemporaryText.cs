namespace Shoestring.Training.Tests;

/// <summary>A file of text that lasts as long as this object.</summary>
sealed class TemporaryText : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-text-").FullName;

    public TemporaryText(string name, string text)
        : this(name, System.Text.Encoding.UTF8.GetBytes(text))
    {
    }

    public TemporaryText(string name, byte[] bytes)
    {
        Path = System.IO.Path.Combine(folder, name);
        File.WriteAllBytes(Path, bytes);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
