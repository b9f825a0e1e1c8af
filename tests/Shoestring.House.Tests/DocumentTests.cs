using System.Text.RegularExpressions;

namespace Shoestring.House.Tests;

/// <summary>What every text file keeps to, documents above all.</summary>
public partial class DocumentTests
{
    static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".targets", ".slnx", ".md", ".json", ".txt", ".sh", ".yml", ".html", ".js", ".css", ""];

    [Fact]
    public void No_file_names_a_folder_of_one_machine() =>
        Repository.Files("", "*").Where(path => TextEndings.Contains(Path.GetExtension(path)) || path.StartsWith(".ci/", StringComparison.Ordinal))
            .Where(path => MachineFolder().IsMatch(Repository.Read(path))).ShouldBeEmpty();

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        foreach (var path in Repository.Files("", "*.md"))
        {
            var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, path))!;
            foreach (var target in LocalLinks(Repository.Read(path)))
                Path.Exists(Path.Combine(folder, target)).ShouldBeTrue($"{path} links to {target}");
        }
    }

    [Theory]
    [InlineData("1-model-file")]
    [InlineData("2-tensors")]
    [InlineData("3-models")]
    [InlineData("4-inference")]
    [InlineData("5-techniques")]
    [InlineData("6-measurement")]
    [InlineData("7-report")]
    public void The_walk_along_the_data_has_every_page(string page) =>
        Repository.Read($"docs/{page}.md").Length.ShouldBeGreaterThan(500);

    static IEnumerable<string> LocalLinks(string text) => Link().Matches(text).Select(found => found.Groups[1].Value)
        .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'));

    [GeneratedRegex(@"\]\(([^)\s#]+)")]
    private static partial Regex Link();

    // Spelled in pieces, so that this file itself passes.
    [GeneratedRegex("/(?:wor" + "k|far" + "m)/|/roo" + "t/|/tmp/bash" + "_jobs")]
    private static partial Regex MachineFolder();
}
