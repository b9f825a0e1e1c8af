using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Experiments;

/// <summary>
/// What computing costs the user: hardware by the core and hour, electricity by the kilowatt-hour, and the electricity's
/// carbon. Read from the user's prices.json when there is one.
/// </summary>
public sealed record Prices
{
    /// <summary>The documented defaults.</summary>
    public static Prices Default { get; } = new();

    /// <summary>Dollars for the use of one core for an hour, electricity apart.</summary>
    public double HardwareDollarsPerCoreHour { get; init; } = 0.006;

    /// <summary>Where that price comes from.</summary>
    public string HardwareSource { get; init; } =
        "assumption: a server of 64 cores at twice its processor's list price (AMD EPYC 7763, $7,890 in March 2021), written off over five years of full use";

    /// <summary>Dollars for a kilowatt-hour.</summary>
    public double ElectricityDollarsPerKilowattHour { get; init; } = 0.127;

    /// <summary>Where that price comes from.</summary>
    public string ElectricitySource { get; init; } = "U.S. Energy Information Administration: average retail price, all sectors, April 2024, 12.71 cents";

    /// <summary>The region whose electricity it is (ISO 3166-1 code or English name), or null for the world's average.</summary>
    public string? Region { get; init; }

    /// <summary>Grams of carbon dioxide equivalent for a kilowatt-hour of the user's own supply, or null for the region's average.</summary>
    public double? CarbonGramsPerKilowattHour { get; init; }

    /// <summary>The user's prices, or the defaults where the file does not exist. Fields that it leaves out keep their defaults.</summary>
    /// <exception cref="InputException">The file is not what it should be; the message says what and where.</exception>
    public static Prices Load(string path)
    {
        if (!File.Exists(path))
        {
            return Default;
        }

        try
        {
            PricesDocument document = JsonSerializer.Deserialize(File.ReadAllText(path), PricesJson.Default.PricesDocument)
                ?? throw new JsonException("it holds no prices");
            Prices prices = document.ToPrices();
            Check(prices, path);
            return prices;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InputException(error.Message.TrimEnd('.'), path, "mend the file, or delete it to have the defaults", error);
        }
    }

    /// <summary>Writes these prices for the user to edit; false when the file exists already, which is then left alone.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public bool WriteNew(string path)
    {
        if (File.Exists(path))
        {
            return false;
        }

        AtomicFile.Write(path, JsonSerializer.Serialize(PricesDocument.From(this), PricesJson.Default.PricesDocument) + Environment.NewLine);
        return true;
    }

    static void Check(Prices prices, string path)
    {
        (string Name, double Value)[] numbers =
        [
            ("hardwareDollarsPerCoreHour", prices.HardwareDollarsPerCoreHour),
            ("electricityDollarsPerKilowattHour", prices.ElectricityDollarsPerKilowattHour),
            ("carbonGramsPerKilowattHour", prices.CarbonGramsPerKilowattHour ?? 0),
        ];
        foreach ((string name, double value) in numbers)
        {
            if (!double.IsFinite(value) || value < 0)
            {
                throw new InputException($"{name} is {value}, expected a number that is not negative", path, "mend the number");
            }
        }
    }
}
