using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>Papers in the formats of others. What a title holds is text in each of them, never markup, a formula or a command.</summary>
public static class CatalogueExport
{
    /// <summary>The formats by the name that <c>--format</c> takes.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["jsonl", "bibtex", "csl-json", "csv", "markdown", "atom"];

    /// <summary>Writes papers.</summary>
    /// <exception cref="InputException">There is no such format.</exception>
    public static void Write(IReadOnlyList<Paper> papers, string format, TextWriter writer)
    {
        Action<IReadOnlyList<Paper>, TextWriter> write = format switch
        {
            "jsonl" => CatalogueJson.Write,
            "bibtex" => BibTexExport.Write,
            "csl-json" => CslJsonExport.Write,
            "csv" => CsvExport.Write,
            "markdown" => MarkdownExport.Write,
            "atom" => AtomExport.Write,
            _ => throw new InputException($"there is no format '{format}'", "--format", $"use {string.Join(", ", Formats)}"),
        };
        write(papers, writer);
    }

    /// <summary>The text without the control characters that no text format holds.</summary>
    internal static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            bool pair = char.IsHighSurrogate(letter) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (pair)
            {
                clean.Append(letter).Append(text[++i]);
            }
            else
            {
                clean.Append(char.IsControl(letter) || letter is '\uFFFE' or '\uFFFF' ? ' ' : char.IsSurrogate(letter) ? '\uFFFD' : letter);
            }
        }

        return clean.ToString();
    }

    /// <summary>The address where it is one of the web, else null: no javascript: or data: goes out as a link.</summary>
    internal static string? Address(string? url) => Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri.AbsoluteUri : null;

    /// <summary>When a paper appeared, as far as is known: the month of its arXiv identifier, else its year.</summary>
    internal static DateTimeOffset? Appeared(Paper paper) =>
        PaperIdentity.ArxivDate(paper.Arxiv) is { } posted ? new DateTimeOffset(posted.Year, posted.Month, 1, 0, 0, 0, TimeSpan.Zero)
        : paper.Year is { } year and > 0 and < 10000 ? new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero)
        : null;
}
