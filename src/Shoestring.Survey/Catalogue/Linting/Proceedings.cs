using System.Globalization;
using System.Text.RegularExpressions;

namespace Shoestring.Survey;

/// <summary>What the address of a proceedings' page says of venue and year.</summary>
static partial class Proceedings
{
    static readonly Dictionary<string, (string Venue, int Year)> pmlr = new()
    {
        ["v80"] = ("ICML", 2018),
        ["v97"] = ("ICML", 2019),
        ["v119"] = ("ICML", 2020),
        ["v139"] = ("ICML", 2021),
        ["v162"] = ("ICML", 2022),
        ["v202"] = ("ICML", 2023),
        ["v235"] = ("ICML", 2024),
        ["v267"] = ("ICML", 2025),
        ["v133"] = ("NeurIPS competitions", 2021),
    };

    /// <summary>The year that the address names; null where it names none.</summary>
    public static int? Year(string? url) =>
        Pmlr(url) is { } volume ? volume.Year : YearPart().Match(url ?? "") is { Success: true } match ? int.Parse(match.Groups["year"].Value, CultureInfo.InvariantCulture) : null;

    /// <summary>Conference and year of a volume of PMLR; null for other addresses and unknown volumes.</summary>
    public static (string Venue, int Year)? Pmlr(string? url) =>
        Volume().Match(url ?? "") is { Success: true } match && pmlr.TryGetValue(match.Groups[1].Value, out (string, int) found) ? found : null;

    [GeneratedRegex(@"proceedings\.mlr\.press/(v\d+)/")]
    private static partial Regex Volume();

    [GeneratedRegex(@"(?:neurips\.cc/paper(?:_files/paper)?/|(?:nips|neurips|icml|iclr)\.cc/virtual/|aclanthology\.org/|thecvf\.com/content/[A-Z]+)(?<year>20\d\d)")]
    private static partial Regex YearPart();
}
