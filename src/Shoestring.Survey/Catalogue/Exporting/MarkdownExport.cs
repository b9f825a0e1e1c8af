using System.Globalization;
using System.Text;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>Papers as a list in Markdown (CommonMark), under the headings of the survey's tree.</summary>
public static class MarkdownExport
{
    const string Special = "\\`*_{}[]()#+-.!|~&<>\"'$^:=@";

    /// <summary>Writes the list; a paper stands under each of its homes, papers without one at the end.</summary>
    public static void Write(IReadOnlyList<Paper> papers, TextWriter writer)
    {
        writer.Write("# Papers on resource-efficient large language models\n");
        foreach (var stage in SurveyTree.Families.GroupBy(family => family.Stage))
        {
            if (!papers.Any(paper => paper.Homes.Any(home => home.Stage == stage.Key)))
            {
                continue;
            }

            writer.Write($"\n## {Escape(stage.Key)}\n");
            foreach (SurveyFamily family in stage)
            {
                Section(writer, SectionHomes.Name(family), [.. papers.Where(paper => paper.Homes.Contains(family))]);
            }
        }

        Paper[] homeless = [.. papers.Where(paper => paper.Homes.Count == 0)];
        if (homeless.Length > 0)
        {
            writer.Write("\n## Without a place in the tree\n");
            Section(writer, "Surveys, metrics and others", homeless);
        }
    }

    /// <summary>Text in which Markdown and HTML see nothing but the text.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (char letter in CatalogueExport.Clean(text))
        {
            escaped.Append(letter switch
            {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                _ when Special.Contains(letter) => $"\\{letter}",
                _ => letter.ToString(),
            });
        }

        return escaped.ToString();
    }

    static void Section(TextWriter writer, string name, Paper[] papers)
    {
        if (papers.Length == 0)
        {
            return;
        }

        writer.Write($"\n### {Escape(name)}\n\n");
        foreach (Paper paper in papers.OrderByDescending(paper => paper.Year).ThenBy(paper => paper.Title, StringComparer.OrdinalIgnoreCase))
        {
            writer.Write(Line(paper));
        }
    }

    static string Line(Paper paper)
    {
        string title = Escape(paper.Title);
        string place = string.Join(' ', new[] { paper.Venue is null ? null : Escape(paper.Venue), paper.Year?.ToString(CultureInfo.InvariantCulture) }.Where(part => part is not null));
        string linked = CatalogueExport.Address(paper.Url) is { } url ? $"[{title}](<{Target(url)}>)" : title;
        string code = CatalogueExport.Address(paper.Code) is { } address ? $" ([code](<{Target(address)}>))" : "";
        return $"- {linked}{(place.Length > 0 ? $", {place}" : "")}{code}\n";
    }

    static string Target(string url) => url.Replace("<", "%3C", StringComparison.Ordinal).Replace(">", "%3E", StringComparison.Ordinal).Replace("\\", "%5C", StringComparison.Ordinal);
}
