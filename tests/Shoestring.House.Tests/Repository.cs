using System.Xml.Linq;

namespace Shoestring.House.Tests;

/// <summary>The repository's own files, without what builds leave behind.</summary>
static class Repository
{
    static readonly string[] Generated = [".git", ".vs", ".idea", "artifacts", "bin", "obj", "BenchmarkDotNet.Artifacts"];

    /// <summary>The nearest folder above the tests' that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to <see cref="Root"/>, with forward slashes, of files under a folder ("" for all).</summary>
    public static IEnumerable<string> Files(string folder, string pattern) => Walk(new DirectoryInfo(Path.Combine(Root, folder)))
        .Where(file => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, file.Name))
        .Select(file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static XDocument Xml(string path) => XDocument.Load(Path.Combine(Root, path));

    /// <summary>Values of an attribute over all elements of a name.</summary>
    public static IEnumerable<string> Attributes(this XDocument document, string element, string attribute) =>
        document.Descendants(element).Select(found => found.Attribute(attribute)?.Value).OfType<string>();

    static IEnumerable<FileInfo> Walk(DirectoryInfo folder)
    {
        if (!folder.Exists)
            return [];
        var below = folder.EnumerateDirectories().Where(child => !Generated.Contains(child.Name)).SelectMany(Walk);
        return folder.EnumerateFiles().Concat(below);
    }

    static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Shoestring.slnx")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException($"no Shoestring.slnx above {AppContext.BaseDirectory}");
    }
}
