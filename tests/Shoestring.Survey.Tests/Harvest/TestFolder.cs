namespace Shoestring.Survey.Tests;

/// <summary>An output folder that is deleted with this; beside it stands nothing, which tests of hostile names assert.</summary>
sealed class TestFolder : IDisposable
{
    readonly string parent = Directory.CreateTempSubdirectory("shoestring-harvest-").FullName;

    public string Path => System.IO.Path.Combine(parent, "out");

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public string Manifest => File.ReadAllText(At("manifest.jsonl"));

    /// <summary>Files that are for the user, in order, with forward slashes.</summary>
    public string[] Files => [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories)
        .Select(file => System.IO.Path.GetRelativePath(Path, file).Replace('\\', '/'))
        .Where(file => !file.StartsWith(".harvest/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>What stands beside the output folder.</summary>
    public string[] Beside => [.. Directory.EnumerateFileSystemEntries(parent).Where(entry => entry != Path)];

    public string[] Parts => [.. Directory.EnumerateFiles(At(".harvest/parts"))];

    public void Dispose() => Directory.Delete(parent, recursive: true);
}
