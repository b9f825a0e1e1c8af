using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shoestring.Experiments;

/// <summary>prices.json: every field may be left out, and stands at its default then.</summary>
sealed record PricesDocument(
    double? HardwareDollarsPerCoreHour = null, string? HardwareSource = null, double? ElectricityDollarsPerKilowattHour = null,
    string? ElectricitySource = null, string? Region = null, double? CarbonGramsPerKilowattHour = null)
{
    public static PricesDocument From(Prices prices) => new(
        prices.HardwareDollarsPerCoreHour, prices.HardwareSource, prices.ElectricityDollarsPerKilowattHour,
        prices.ElectricitySource, prices.Region, prices.CarbonGramsPerKilowattHour);

    // A price that the user changed has the user for its source, unless the file names another.
    public Prices ToPrices() => new()
    {
        HardwareDollarsPerCoreHour = HardwareDollarsPerCoreHour ?? Prices.Default.HardwareDollarsPerCoreHour,
        HardwareSource = HardwareSource ?? (HardwareDollarsPerCoreHour is null ? Prices.Default.HardwareSource : User),
        ElectricityDollarsPerKilowattHour = ElectricityDollarsPerKilowattHour ?? Prices.Default.ElectricityDollarsPerKilowattHour,
        ElectricitySource = ElectricitySource ?? (ElectricityDollarsPerKilowattHour is null ? Prices.Default.ElectricitySource : User),
        Region = Region,
        CarbonGramsPerKilowattHour = CarbonGramsPerKilowattHour,
    };

    const string User = "the user, in prices.json";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true,
    AllowTrailingCommas = true, ReadCommentHandling = JsonCommentHandling.Skip, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PricesDocument))]
sealed partial class PricesJson : JsonSerializerContext;
