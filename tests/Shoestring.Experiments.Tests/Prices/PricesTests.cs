using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Experiments.Tests;

public class PricesTests
{
    [Fact]
    public void Without_a_file_the_documented_defaults_stand()
    {
        using var folder = new TemporaryFolder();
        var prices = Prices.Load(folder.File("prices.json"));
        prices.ShouldBe(Prices.Default);
        prices.HardwareSource.ShouldNotBeEmpty();
        prices.ElectricitySource.ShouldContain("Energy Information Administration");
    }

    [Fact]
    public void The_written_file_reads_back_and_is_never_overwritten()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("config/prices.json");
        Prices.Default.WriteNew(path).ShouldBeTrue();
        Prices.Load(path).ShouldBe(Prices.Default);
        File.ReadAllText(path).ShouldContain("\"electricityDollarsPerKilowattHour\": 0.127");
        (Prices.Default with { Region = "FR" }).WriteNew(path).ShouldBeFalse();
        Prices.Load(path).Region.ShouldBeNull();
    }

    [Fact]
    public void An_edited_file_may_leave_fields_out_and_have_comments()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("prices.json");
        File.WriteAllText(path, "{\n // home\n \"electricityDollarsPerKilowattHour\": 0.3,\n}");
        Prices.Load(path).ShouldBe(Prices.Default with { ElectricityDollarsPerKilowattHour = 0.3, ElectricitySource = "the user, in prices.json" });
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"electricityDollarsPerKilowattHour\": \"cheap\"}")]
    [InlineData("{\"electricityDollarsPerKilowatt\": 0.1}")]
    [InlineData("{\"hardwareDollarsPerCoreHour\": -1}")]
    [InlineData("{\"carbonGramsPerKilowattHour\": 1e999}")]
    [InlineData("{\"hardwareSource\": 7}")]
    public void A_wrong_file_is_refused_in_one_line_that_names_it(string text)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("prices.json");
        File.WriteAllText(path, text);
        InputException error = Should.Throw<InputException>(() => Prices.Load(path));
        error.Where.ShouldBe(path);
        error.Message.ShouldNotContain("\n");
        error.Cure.ShouldNotBeEmpty();
    }

    [Fact]
    public void The_region_is_the_options_then_the_environments_then_the_prices_then_the_worlds()
    {
        Prices german = Prices.Default with { Region = "DE" };
        Grid.Choose("FR", "PL", german).Description.ShouldStartWith("France");
        Grid.Choose(null, "PL", german).Description.ShouldStartWith("Poland");
        Grid.Choose(null, null, german).GramsPerKilowattHour.ShouldBe(GridIntensity.Find("DE")!.GramsPerKilowattHour);
        Grid.Choose(null, null, german with { CarbonGramsPerKilowattHour = 12 }).ShouldBe(new Grid(12, "own supply, by prices.json"));
        Grid.Choose("", "", Prices.Default).Description.ShouldStartWith("World");
        Should.Throw<InputException>(() => Grid.Choose("Atlantis", null, german)).Where.ShouldBe("--region");
    }
}
