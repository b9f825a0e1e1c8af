namespace Shoestring.Metering;

/// <summary>Life-cycle carbon of a region's electricity.</summary>
/// <param name="Code">Two letters of ISO 3166-1, or WORLD.</param>
/// <param name="LongCode">Three letters of ISO 3166-1, or WORLD.</param>
/// <param name="Name">The English name.</param>
/// <param name="GramsPerKilowattHour">Grams of carbon dioxide equivalent for a kilowatt-hour generated.</param>
/// <param name="Year">The year that the average is of.</param>
public sealed record GridIntensity(string Code, string LongCode, string Name, double GramsPerKilowattHour, int Year)
{
    /// <summary>Who publishes the table.</summary>
    public const string Source =
        "Ember, Yearly Electricity Data, and Energy Institute, Statistical Review of World Energy, processed by Our World in Data "
        + "(carbon intensity of electricity generation; CC BY 4.0)";

    /// <summary>The average over the world's electricity, which stands where no region is given.</summary>
    public static GridIntensity World { get; } = new("WORLD", "WORLD", "World", 481, 2023);

    /// <summary>Every region that is known, the world first.</summary>
    public static IReadOnlyList<GridIntensity> All { get; } =
    [
        World,
        new("AE", "ARE", "United Arab Emirates", 561, 2022),
        new("AR", "ARG", "Argentina", 354, 2023),
        new("AT", "AUT", "Austria", 111, 2023),
        new("AU", "AUS", "Australia", 549, 2023),
        new("BD", "BGD", "Bangladesh", 691, 2023),
        new("BE", "BEL", "Belgium", 138, 2023),
        new("BG", "BGR", "Bulgaria", 335, 2023),
        new("BR", "BRA", "Brazil", 98, 2023),
        new("CA", "CAN", "Canada", 170, 2023),
        new("CH", "CHE", "Switzerland", 35, 2023),
        new("CL", "CHL", "Chile", 291, 2023),
        new("CN", "CHN", "China", 582, 2023),
        new("CO", "COL", "Colombia", 260, 2023),
        new("CZ", "CZE", "Czechia", 450, 2023),
        new("DE", "DEU", "Germany", 381, 2023),
        new("DK", "DNK", "Denmark", 152, 2023),
        new("EE", "EST", "Estonia", 417, 2023),
        new("EG", "EGY", "Egypt", 570, 2023),
        new("ES", "ESP", "Spain", 174, 2023),
        new("FI", "FIN", "Finland", 79, 2023),
        new("FR", "FRA", "France", 56, 2023),
        new("GB", "GBR", "United Kingdom", 238, 2023),
        new("GR", "GRC", "Greece", 337, 2023),
        new("HR", "HRV", "Croatia", 205, 2023),
        new("HU", "HUN", "Hungary", 204, 2023),
        new("ID", "IDN", "Indonesia", 676, 2022),
        new("IE", "IRL", "Ireland", 291, 2023),
        new("IL", "ISR", "Israel", 583, 2022),
        new("IN", "IND", "India", 713, 2023),
        new("IS", "ISL", "Iceland", 28, 2022),
        new("IT", "ITA", "Italy", 331, 2023),
        new("JP", "JPN", "Japan", 485, 2023),
        new("KE", "KEN", "Kenya", 70, 2023),
        new("KR", "KOR", "South Korea", 431, 2023),
        new("KZ", "KAZ", "Kazakhstan", 821, 2023),
        new("LT", "LTU", "Lithuania", 160, 2023),
        new("LU", "LUX", "Luxembourg", 105, 2023),
        new("LV", "LVA", "Latvia", 123, 2023),
        new("MX", "MEX", "Mexico", 507, 2023),
        new("MY", "MYS", "Malaysia", 606, 2022),
        new("NG", "NGA", "Nigeria", 523, 2023),
        new("NL", "NLD", "Netherlands", 268, 2023),
        new("NO", "NOR", "Norway", 30, 2023),
        new("NZ", "NZL", "New Zealand", 113, 2023),
        new("PE", "PER", "Peru", 266, 2023),
        new("PH", "PHL", "Philippines", 611, 2023),
        new("PK", "PAK", "Pakistan", 441, 2023),
        new("PL", "POL", "Poland", 662, 2023),
        new("PT", "PRT", "Portugal", 166, 2023),
        new("RO", "ROU", "Romania", 241, 2023),
        new("RS", "SRB", "Serbia", 636, 2023),
        new("RU", "RUS", "Russia", 441, 2023),
        new("SA", "SAU", "Saudi Arabia", 707, 2022),
        new("SE", "SWE", "Sweden", 41, 2023),
        new("SG", "SGP", "Singapore", 471, 2023),
        new("SI", "SVN", "Slovenia", 231, 2023),
        new("SK", "SVK", "Slovakia", 117, 2023),
        new("TH", "THA", "Thailand", 550, 2023),
        new("TR", "TUR", "Turkey", 465, 2023),
        new("TW", "TWN", "Taiwan", 642, 2023),
        new("UA", "UKR", "Ukraine", 260, 2022),
        new("US", "USA", "United States", 369, 2023),
        new("VN", "VNM", "Vietnam", 475, 2023),
        new("ZA", "ZAF", "South Africa", 708, 2023),
    ];

    /// <summary>The region of that two- or three-letter code or English name, in any case, or null.</summary>
    public static GridIntensity? Find(string region) => All.FirstOrDefault(grid =>
        region.Equals(grid.Code, StringComparison.OrdinalIgnoreCase)
        || region.Equals(grid.LongCode, StringComparison.OrdinalIgnoreCase)
        || region.Equals(grid.Name, StringComparison.OrdinalIgnoreCase));
}
