using System.Text.RegularExpressions;

namespace Shoestring.House.Tests;

/// <summary>What every source file keeps to.</summary>
public partial class SourceTests
{
    const int Cap = 400;
    const int KernelCap = 600;

    // Longer files, each with the reason that it is not split.
    static readonly Dictionary<string, string> LongForAReason = [];

    static IEnumerable<string> Code(string folder) => Repository.Files(folder, "*.cs");

    static IEnumerable<string> AllCode => new[] { "src", "tests", "oracles", "bench" }.SelectMany(Code);

    [Fact]
    public void Unsafe_code_stays_in_Tensors() =>
        Code("src").Where(path => !path.StartsWith("src/Shoestring.Tensors/", StringComparison.Ordinal))
            .Where(path => UnsafeKeyword().IsMatch(WithoutComments(Repository.Read(path)))).ShouldBeEmpty();

    [Fact]
    public void A_project_has_one_namespace()
    {
        foreach (var path in AllCode)
        {
            var project = path.Split('/')[1];
            foreach (Match found in NamespaceLine().Matches(Repository.Read(path)))
                found.Groups[1].Value.ShouldBe(project, path);
        }
    }

    [Fact]
    public void Files_are_short() =>
        AllCode.Where(path => !LongForAReason.ContainsKey(path))
            .Select(path => (path, lines: Repository.Read(path).Count(letter => letter == '\n')))
            .Where(file => file.lines > (file.path.Contains("/Kernels/", StringComparison.Ordinal) ? KernelCap : Cap))
            .ShouldBeEmpty("split it by what changes together, or give the reason in LongForAReason");

    [Fact]
    public void Reasons_are_for_files_that_are_long() =>
        LongForAReason.Keys.Where(path => Repository.Read(path).Count(letter => letter == '\n') <= Cap).ShouldBeEmpty();

    [Fact]
    public void Nothing_is_left_unfinished() =>
        AllCode.Where(path => !path.EndsWith("/SourceTests.cs", StringComparison.Ordinal))
            .Where(path => Unfinished().IsMatch(Repository.Read(path))).ShouldBeEmpty();

    static string WithoutComments(string code) => Comment().Replace(code, "");

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bunsafe\b")]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bSkip *= *""|#pragma warning disable")]
    private static partial Regex Unfinished();
}
