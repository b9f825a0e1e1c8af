namespace Shoestring.Metering.Tests;

public class GridIntensityTests
{
    [Theory]
    [InlineData("de", "Germany", 381)]
    [InlineData("DEU", "Germany", 381)]
    [InlineData("france", "France", 56)]
    [InlineData("IN", "India", 713)]
    [InlineData("world", "World", 481)]
    public void Finds_a_region_by_code_or_name(string region, string name, double grams)
    {
        GridIntensity grid = GridIntensity.Find(region)!;
        grid.Name.ShouldBe(name);
        grid.GramsPerKilowattHour.ShouldBe(grams);
    }

    [Fact]
    public void An_unknown_region_is_null() => GridIntensity.Find("Atlantis").ShouldBeNull();

    [Fact]
    public void The_table_is_sound()
    {
        GridIntensity.All.Count.ShouldBeGreaterThan(50);
        GridIntensity.All.ShouldAllBe(grid => grid.GramsPerKilowattHour > 0 && grid.GramsPerKilowattHour < 1500 && grid.Year >= 2022);
        GridIntensity.All.Select(grid => grid.Code).ShouldBeUnique();
        GridIntensity.All.Select(grid => grid.LongCode).ShouldBeUnique();
    }
}
