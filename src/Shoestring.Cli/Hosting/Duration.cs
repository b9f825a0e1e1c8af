using System.Text.RegularExpressions;

namespace Shoestring.Cli;

/// <summary>A length of time on the command line: 90, 60s, 10m, 1.5h.</summary>
static partial class Duration
{
    /// <summary>The option.</summary>
    public static Option<TimeSpan?> Option(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (Parse(text) is { } time)
            {
                return time;
            }

            result.AddError($"{name} is '{text}'; give a time like 60s, 10m or 2h");
            return null;
        },
    };

    /// <summary>The time, or null where it is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        Match match = Parts().Match(text);
        if (!match.Success)
        {
            return null;
        }

        double number = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture);
        double seconds = number * match.Groups["unit"].Value switch { "h" => 3600, "m" or "min" => 60, _ => 1 };
        return seconds is > 0 and < 1e8 ? TimeSpan.FromSeconds(seconds) : null;
    }

    [GeneratedRegex(@"^(?<number>\d+(\.\d+)?)\s*(?<unit>s|m|min|h|)$")]
    private static partial Regex Parts();
}
