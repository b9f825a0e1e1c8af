using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>A file of entries in any of the formats that are read.</summary>
public static class SourceFile
{
    /// <summary>The formats by the name that <c>--format</c> takes.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["jsonl", "markdown", "bibtex", "csl-json", "arxiv", "openalex"];

    /// <summary>The format that a file is in, by its name and how its text begins.</summary>
    /// <exception cref="InputException">Neither tells.</exception>
    public static string Format(string path, string text)
    {
        ReadOnlySpan<char> start = text.AsSpan().TrimStart('\uFEFF').TrimStart();
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" => "jsonl",
            ".md" or ".markdown" => "markdown",
            ".bib" or ".bibtex" => "bibtex",
            ".atom" or ".xml" => "arxiv",
            ".json" when start.StartsWith("[") => "csl-json",
            ".json" when text.Contains("\"results\"", StringComparison.Ordinal) => "openalex",
            ".json" => "jsonl",
            _ => throw new InputException("the name does not tell the format", path, $"say --format {string.Join('|', Formats)}"),
        };
    }

    /// <summary>Reads entries.</summary>
    /// <param name="path">The file's name, for messages and as the source's name.</param>
    /// <param name="text">Its text.</param>
    /// <param name="format">One of <see cref="Formats"/>; null for the one that <see cref="Format"/> finds.</param>
    /// <exception cref="InputException">It is not of that format.</exception>
    public static IReadOnlyList<SourceEntry> Read(string path, string text, string? format = null)
    {
        string name = Path.GetFileName(path);
        return (format ?? Format(path, text)) switch
        {
            "jsonl" => JsonLinesSource.Read(text, path),
            "markdown" => MarkdownSource.Read(text, name),
            "bibtex" => BibTexSource.Read(text, name),
            "csl-json" => CslJsonSource.Read(text, name),
            "arxiv" => ArxivAtom.Read(text, path),
            "openalex" => OpenAlexJson.Read(text, path).Entries,
            var other => throw new InputException($"there is no format '{other}'", "--format", $"use {string.Join(", ", Formats)}"),
        };
    }
}
