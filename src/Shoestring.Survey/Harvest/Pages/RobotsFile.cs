using System.Globalization;

namespace Shoestring.Survey;

/// <summary>A site's robots.txt, as RFC 9309 reads it.</summary>
sealed class RobotsFile
{
    readonly List<(string Pattern, bool Allow)> rules = [];

    /// <summary>Allows everything: what a site without robots.txt means.</summary>
    public static RobotsFile Open { get; } = new();

    /// <summary>Allows nothing: what a site means whose robots.txt fails to come.</summary>
    /// <param name="reason">Why it does not come.</param>
    public static RobotsFile Closed(string reason) => new() { Unreadable = reason };

    /// <summary>Why the file could not be read, or null.</summary>
    public string? Unreadable { get; private init; }

    /// <summary>Seconds that the site asks to leave between requests, or null.</summary>
    public double? CrawlDelaySeconds { get; private set; }

    /// <summary>Addresses of sitemaps.</summary>
    public List<string> Sitemaps { get; } = [];

    /// <summary>Reads the text.</summary>
    /// <param name="text">The file.</param>
    /// <param name="agent">The product's name, without version.</param>
    public static RobotsFile Parse(string text, string agent)
    {
        (string Key, string Value)[] lines = [.. text.Split('\n', '\r').Select(Parts).Where(line => line.Key.Length > 0)];
        bool named = lines.Any(line => line.Key == "user-agent" && Names(line.Value, agent));
        var file = new RobotsFile();
        bool ours = false, inAgents = false;
        foreach ((string key, string value) in lines)
        {
            if (key == "user-agent")
            {
                bool matches = named ? Names(value, agent) : value == "*";
                ours = inAgents ? ours || matches : matches;
                inAgents = true;
            }
            else if (key == "sitemap")
            {
                file.Sitemaps.Add(value);
            }
            else if (key is "allow" or "disallow" or "crawl-delay")
            {
                inAgents = false;
                file.Add(ours, key, value);
            }
        }

        return file;
    }

    /// <summary>Whether an address may be asked for: the longest rule that matches decides, and a tie allows.</summary>
    public bool Allows(Uri address)
    {
        if (Unreadable is not null)
        {
            return false;
        }

        string path = Uri.UnescapeDataString(address.PathAndQuery);
        (string Pattern, bool Allow)? best = null;
        foreach ((string pattern, bool allow) in rules)
        {
            bool stronger = best is not { } known || pattern.Length > known.Pattern.Length || (pattern.Length == known.Pattern.Length && allow);
            if (stronger && Matches(pattern, path))
            {
                best = (pattern, allow);
            }
        }

        return best?.Allow ?? true;
    }

    void Add(bool ours, string key, string value)
    {
        if (!ours || value.Length == 0)
        {
            return;
        }

        if (key != "crawl-delay")
        {
            rules.Add((Uri.UnescapeDataString(value), key == "allow"));
        }
        else if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds > 0)
        {
            CrawlDelaySeconds = Math.Max(seconds, CrawlDelaySeconds ?? 0);
        }
    }

    static (string Key, string Value) Parts(string line)
    {
        string[] parts = line.Split('#')[0].Split(':', 2);
        return parts.Length == 2 ? (parts[0].Trim().TrimStart('\uFEFF').ToLowerInvariant(), parts[1].Trim()) : ("", "");
    }

    static bool Names(string value, string agent) => value.Split('/')[0].Trim().Equals(agent, StringComparison.OrdinalIgnoreCase);

    // * is any text, $ the end; without it the pattern is a beginning. Greedy with one step back, so no pattern takes long.
    static bool Matches(string pattern, string path)
    {
        bool anchored = pattern.EndsWith('$');
        string wanted = anchored ? pattern[..^1] : pattern + "*";
        int at = 0, i = 0, star = -1, mark = 0;
        while (at < path.Length)
        {
            if (i < wanted.Length && wanted[i] == '*')
            {
                star = i++;
                mark = at;
            }
            else if (i < wanted.Length && wanted[i] == path[at])
            {
                i++;
                at++;
            }
            else if (star >= 0)
            {
                i = star + 1;
                at = ++mark;
            }
            else
            {
                return false;
            }
        }

        return wanted.AsSpan(i).IndexOfAnyExcept('*') < 0;
    }
}
