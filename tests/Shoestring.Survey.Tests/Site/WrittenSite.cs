using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Shoestring.Survey.Tests;

/// <summary>One site of many papers and all hostile ones, in memory, for all tests that look at it.</summary>
public sealed class WrittenSite
{
    /// <summary>Where it says that it will be read.</summary>
    public static Uri Root { get; } = new("https://example.org/survey/");

    /// <summary>The one: it takes a while to write and to read.</summary>
    public static WrittenSite Shared => shared.Value;

    static readonly Lazy<WrittenSite> shared = new(() => new WrittenSite());

    WrittenSite()
    {
        var content = new SiteContent([.. SamplePapers.Hostile(), .. SamplePapers.Many(200)], MeasuredResults.BuiltIn());
        Files = StaticSite.Files(content, new SiteOptions { Root = Root }).ToDictionary(file => file.Path, file => file.Text);
        var parser = new HtmlParser();
        Pages = Files.Where(file => file.Key.EndsWith(".html", StringComparison.Ordinal)).ToDictionary(file => file.Key, file => (IDocument)parser.ParseDocument(file.Value));
    }

    /// <summary>Every file's text by its path.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>Every page as a browser reads it.</summary>
    public IReadOnlyDictionary<string, IDocument> Pages { get; }
}
