using Shoestring.Tensors;

namespace Shoestring.Survey.Tests;

public sealed class SiteFolderTests : IDisposable
{
    readonly string parent = Directory.CreateTempSubdirectory("shoestring-site-").FullName;

    public void Dispose() => Directory.Delete(parent, recursive: true);

    string Target => Path.Combine(parent, "site");

    static SiteSummary Write(IReadOnlyList<Paper> papers, string folder) => StaticSite.Write(papers, folder, new SiteOptions(), TestContext.Current.CancellationToken);

    static byte[][] Bytes(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    [Fact]
    public void The_same_papers_in_another_order_give_the_same_bytes()
    {
        IReadOnlyList<Paper> papers = [.. SamplePapers.Hostile(), .. SamplePapers.Many(60)];
        SiteSummary summary = Write(papers, Target);
        Write([.. papers.Reverse()], Path.Combine(parent, "other"));
        byte[][] first = Bytes(Target), second = Bytes(Path.Combine(parent, "other"));
        first.Length.ShouldBe(summary.Files);
        first.Sum(file => (long)file.Length).ShouldBe(summary.Bytes);
        first.Zip(second, (one, other) => one.AsSpan().SequenceEqual(other)).ShouldAllBe(same => same);
        second.Length.ShouldBe(first.Length);
    }

    [Fact]
    public void A_new_site_takes_the_place_of_the_old_one_and_leaves_nothing_beside_it()
    {
        Write(SamplePapers.Many(5), Target);
        File.WriteAllText(Path.Combine(Target, "left-over.html"), "old");
        Write(SamplePapers.Many(6), Target);
        File.Exists(Path.Combine(Target, "left-over.html")).ShouldBeFalse();
        Directory.EnumerateFileSystemEntries(parent).ShouldBe([Target]);
    }

    [Fact]
    public void Cancelled_work_leaves_the_old_site_as_it_was()
    {
        Write(SamplePapers.Many(5), Target);
        byte[][] before = Bytes(Target);
        Should.Throw<OperationCanceledException>(() => StaticSite.Write(SamplePapers.Many(9), Target, new SiteOptions(), new CancellationToken(canceled: true)));
        Bytes(Target).Zip(before, (one, other) => one.AsSpan().SequenceEqual(other)).ShouldAllBe(same => same);
        Directory.EnumerateFileSystemEntries(parent).ShouldBe([Target]);
    }

    [Fact]
    public void A_folder_with_other_files_is_refused_and_stays()
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "thesis.txt"), "years of work");
        Should.Throw<InputException>(() => Write([], Target)).What.ShouldContain("no site of this program");
        File.ReadAllText(Path.Combine(Target, "thesis.txt")).ShouldBe("years of work");
        Directory.EnumerateFileSystemEntries(parent).ShouldBe([Target]);
    }

    [Fact]
    public void A_file_in_the_folder_s_place_is_refused()
    {
        File.WriteAllText(Target, "a file");
        Should.Throw<InputException>(() => Write([], Target));
        File.ReadAllText(Target).ShouldBe("a file");
    }

    [Fact]
    public void An_empty_folder_and_a_linked_one_are_taken()
    {
        string real = Directory.CreateDirectory(Path.Combine(parent, "real")).FullName;
        Directory.CreateSymbolicLink(Target, real);
        Write([], Target).Folder.ShouldBe(real);
        File.Exists(Path.Combine(Target, "index.html")).ShouldBeTrue();
    }
}
