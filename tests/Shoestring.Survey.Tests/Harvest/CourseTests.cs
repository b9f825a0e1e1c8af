using System.Text;

namespace Shoestring.Survey.Tests;

/// <summary>The site that shows everything, against a manifest written by hand.</summary>
public class CourseTests
{
    static HarvestOptions Options(TestSite site, TestFolder folder) => site.Options(folder.Path, CourseSite.Start) with
    {
        Depth = 1,
        Sitemaps = true,
        Feeds = true,
        MaxFileBytes = 400_000,
    };

    static string Expected => Encoding.UTF8.GetString(CourseSite.File("manifest.jsonl"));

    [Fact]
    public async Task The_manifest_is_the_one_written_by_hand()
    {
        await using TestSite site = await CourseSite.StartAsync();
        using var folder = new TestFolder();
        HarvestResult result = await Harvester.RunAsync(Options(site, folder), cancellation: TestContext.Current.CancellationToken);
        folder.Manifest.ShouldBe(Expected);
        result.IsWhole.ShouldBeFalse();
        result.Warnings.ShouldBeEmpty();
        result.OtherSchemes.ShouldBe(5);
        folder.Files.ShouldBe(
            [.. result.Entries.Where(entry => entry.Status == HarvestStatus.Kept).Select(entry => entry.Path!).Append("manifest.jsonl").Order(StringComparer.Ordinal)]);
        folder.Beside.ShouldBeEmpty();
        folder.Parts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_asked_that_must_not_be_asked()
    {
        await using TestSite site = await CourseSite.StartAsync();
        using var folder = new TestFolder();
        await Harvester.RunAsync(Options(site, folder), cancellation: TestContext.Current.CancellationToken);
        string[] asked = [.. site.Requests.Select(request => request.Url)];
        asked.ShouldNotContain(url => url.Contains("script", StringComparison.Ordinal) || url.Contains("comment", StringComparison.Ordinal)
            || url.Contains("style", StringComparison.Ordinal) || url.Contains("title", StringComparison.Ordinal));
        asked.ShouldNotContain(url => url.Contains("127.0.0.1", StringComparison.Ordinal) || url.Contains("private", StringComparison.Ordinal) || url.Contains("rebound", StringComparison.Ordinal));
        asked.ShouldNotContain("http://other.example/page");
        asked.ShouldNotContain("http://course.example/course/picture.png");
        asked.ShouldNotContain("http://course.example/course/files/deeper/");
        asked.Count(url => url.Contains("lecture1/slides.pdf", StringComparison.Ordinal)).ShouldBe(1);
        site.Requests.ShouldAllBe(request => request.Headers["User-Agent"].StartsWith("shoestring/"));
    }

    [Fact]
    public async Task A_second_harvest_gives_the_same_manifest_and_asks_by_tags()
    {
        await using TestSite site = await CourseSite.StartAsync();
        using var folder = new TestFolder();
        await Harvester.RunAsync(Options(site, folder), cancellation: TestContext.Current.CancellationToken);
        site.Forget();
        HarvestResult again = await Harvester.RunAsync(Options(site, folder), cancellation: TestContext.Current.CancellationToken);
        folder.Manifest.ShouldBe(Expected);
        again.Unchanged.ShouldBe(1);
        site.Requests.Single(request => request.Url.EndsWith("broken.pdf", StringComparison.Ordinal)).Headers["If-None-Match"].ShouldBe("\"broken-1\"");
    }
}
