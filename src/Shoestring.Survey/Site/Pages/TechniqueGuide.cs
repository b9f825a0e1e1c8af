using System.Text.RegularExpressions;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>A technique's own page, taken apart: what it does, when to use it, when not to, how to run it.</summary>
sealed partial class TechniqueGuide
{
    static readonly Lazy<IReadOnlyList<MarkdownChapter>> chapters = new(() =>
        [.. SiteResource.Names.Where(name => name.StartsWith("techniques/", StringComparison.Ordinal)).SelectMany(name => MarkdownPage.Chapters(SiteResource.Text(name)))]);

    readonly List<MarkdownBlock> body = [];
    readonly List<MarkdownBlock> use = [];
    readonly List<MarkdownBlock> avoid = [];
    readonly List<string> commands = [];

    TechniqueGuide(MarkdownChapter chapter)
    {
        foreach (MarkdownBlock block in chapter.Blocks)
        {
            Place(block);
        }
    }

    /// <summary>What it does, in paragraphs, equations and tables.</summary>
    public IReadOnlyList<MarkdownBlock> Body => body;

    /// <summary>When it helps.</summary>
    public IReadOnlyList<MarkdownBlock> Use => use;

    /// <summary>When it does not help, and what it costs.</summary>
    public IReadOnlyList<MarkdownBlock> Avoid => avoid;

    /// <summary>Lines to type.</summary>
    public IReadOnlyList<string> Commands => commands;

    /// <summary>The guide of a technique: the chapter whose title names it.</summary>
    public static TechniqueGuide Of(Technique technique) => new(chapters.Value.Single(chapter => Names().Matches(chapter.Title).Any(name => name.Value == technique.Id)));

    void Place(MarkdownBlock block)
    {
        if (block is MarkdownCode code && MarkdownHtml.IsCommand(code))
        {
            commands.AddRange(code.Lines);
        }
        else if (block is MarkdownParagraph paragraph)
        {
            foreach (string part in Openings().Split(paragraph.Text).Where(part => part.Trim().Length > 0))
            {
                Place(part.Trim());
            }
        }
        else
        {
            (IsOpen(use) ? use : IsOpen(avoid) ? avoid : body).Add(block);
        }
    }

    // A sentence that ends in a colon speaks of the table behind it.
    static bool IsOpen(List<MarkdownBlock> blocks) => blocks is [.., MarkdownParagraph last] && last.Text.EndsWith(':');

    // A page says when a technique helps in sentences that begin in bold.
    void Place(string part)
    {
        List<MarkdownBlock> place = Against().IsMatch(part) ? avoid : For().IsMatch(part) ? use : body;
        place.Add(new MarkdownParagraph(part));
    }

    [GeneratedRegex("[a-z0-9]+(?:-[a-z0-9]+)*")]
    private static partial Regex Names();

    [GeneratedRegex(@"(?<=(?:^|[.:)]\s+))(?=\*\*)")]
    private static partial Regex Openings();

    [GeneratedRegex(@"^\*\*[^*]*[Hh]elps?\b[^*]*\*\*")]
    private static partial Regex For();

    [GeneratedRegex(@"^\*\*(?:[^*]*\bnot\b[^*]*\*\*|Costs\*\*|Nor\b[^*]*\*\*|Do\*\* not)")]
    private static partial Regex Against();
}
