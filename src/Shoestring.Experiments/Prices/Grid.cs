using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>The carbon of the electricity that the work used.</summary>
/// <param name="GramsPerKilowattHour">Grams of carbon dioxide equivalent for a kilowatt-hour.</param>
/// <param name="Description">The region, the year and the source.</param>
public sealed record Grid(double GramsPerKilowattHour, string Description)
{
    /// <summary>
    /// By the command line's region, else the environment variable SHOESTRING_REGION, else the prices (their own intensity before
    /// their region), else the world's average.
    /// </summary>
    /// <exception cref="InputException">The region is not in the table.</exception>
    public static Grid Choose(string? region, Prices prices) => Choose(region, Environment.GetEnvironmentVariable("SHOESTRING_REGION"), prices);

    internal static Grid Choose(string? option, string? environment, Prices prices)
    {
        if (option is { Length: > 0 })
        {
            return Of(option, "--region");
        }

        if (environment is { Length: > 0 })
        {
            return Of(environment, "SHOESTRING_REGION");
        }

        return prices.CarbonGramsPerKilowattHour is { } own
            ? new Grid(own, "own supply, by prices.json")
            : Of(prices.Region ?? GridIntensity.World.Code, "region in prices.json");
    }

    static Grid Of(string region, string where)
    {
        GridIntensity grid = GridIntensity.Find(region) ?? throw new InputException(
            $"the region '{region}' is not known", where, $"give one of {string.Join(' ', GridIntensity.All.Select(one => one.Code))}");
        return new Grid(grid.GramsPerKilowattHour, $"{grid.Name} {grid.Year}, {GridIntensity.Source}");
    }
}
