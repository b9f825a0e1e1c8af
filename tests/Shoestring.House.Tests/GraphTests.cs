namespace Shoestring.House.Tests;

/// <summary>The projects and the direction in which they see each other.</summary>
public class GraphTests
{
    // {Metering, Tensors} <- Models <- {Inference, Training} <- Techniques <- {Experiments, Survey}, Experiments <- Server,
    // and Cli sees Experiments, Survey and Server. Projects that do not exist yet are left out of both sides.
    static readonly Dictionary<string, string[]> Sees = new()
    {
        ["Metering"] = [],
        ["Tensors"] = [],
        ["Models"] = ["Metering", "Tensors"],
        ["Inference"] = ["Models"],
        ["Training"] = ["Models"],
        ["Techniques"] = ["Inference", "Training"],
        ["Experiments"] = ["Techniques"],
        ["Survey"] = ["Techniques"],
        ["Server"] = ["Experiments"],
        ["Cli"] = ["Experiments", "Survey", "Server"],
    };

    // The lowest layer stands on .NET alone.
    static readonly string[] WithoutPackages = ["Metering", "Tensors"];

    static Dictionary<string, string> Projects { get; } =
        Repository.Files("src", "*.csproj").ToDictionary(path => Short(path), path => path);

    public static TheoryData<string> Names => [.. Projects.Keys];

    static string Short(string path) => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))["Shoestring.".Length..];

    [Fact]
    public void Every_project_has_its_place_in_the_map() =>
        Projects.Keys.Except(Sees.Keys).ShouldBeEmpty("a project with no place in the map of the design");

    [Theory]
    [MemberData(nameof(Names))]
    public void A_project_sees_exactly_what_the_map_gives_it(string name) =>
        Repository.Xml(Projects[name]).Attributes("ProjectReference", "Include").Select(Short).Order()
            .ShouldBe(Sees[name].Where(Projects.ContainsKey).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Unsafe_code_is_allowed_in_Tensors_alone(string name) =>
        Repository.Xml(Projects[name]).Descendants("AllowUnsafeBlocks").Any().ShouldBe(name == "Tensors");

    [Fact]
    public void The_lowest_layer_takes_no_packages()
    {
        foreach (var name in WithoutPackages)
            Repository.Xml(Projects[name]).Attributes("PackageReference", "Include").ShouldBeEmpty(name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_project_has_tests_of_its_own(string name)
    {
        var tests = $"tests/Shoestring.{name}.Tests/Shoestring.{name}.Tests.csproj";
        Repository.Files("tests", "*.csproj").ShouldContain(tests);
        Repository.Xml(tests).Attributes("ProjectReference", "Include").Select(Short).ShouldContain(name);
    }

    [Fact]
    public void The_solution_holds_all_of_src_and_tests_and_nothing_else() =>
        Repository.Xml("Shoestring.slnx").Attributes("Project", "Path").Order(StringComparer.Ordinal)
            .ShouldBe(Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj")).Order(StringComparer.Ordinal));

    [Fact]
    public void Package_versions_stand_in_one_place()
    {
        foreach (var path in Repository.Files("", "*.csproj").Concat(Repository.Files("", "Directory.Build.*")))
            Repository.Xml(path).Attributes("PackageReference", "Version").ShouldBeEmpty(path);
    }

    [Fact]
    public void The_checks_build_every_project() =>
        Repository.Xml(".ci/Everything.slnx").Attributes("Project", "Path").Select(path => path["../".Length..]).Order(StringComparer.Ordinal)
            .ShouldBe(((string[])["src", "tests", "oracles", "bench"]).SelectMany(folder => Repository.Files(folder, "*.csproj")).Order(StringComparer.Ordinal));
}
