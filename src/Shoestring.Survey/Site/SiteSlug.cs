using System.Text;

namespace Shoestring.Survey;

/// <summary>Names of files made from data: lower-case Latin letters, digits, dots within and hyphens, nothing else.</summary>
static class SiteSlug
{
    const int Longest = 80;

    /// <summary>A name's slug; never empty.</summary>
    public static string Of(string name)
    {
        var slug = new StringBuilder();
        foreach (char letter in name)
        {
            char lower = char.ToLowerInvariant(letter);
            if (char.IsAsciiLetterLower(lower) || char.IsAsciiDigit(lower) || (lower == '.' && slug.Length > 0 && slug[^1] != '.'))
            {
                slug.Append(lower);
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }

            if (slug.Length == Longest)
            {
                break;
            }
        }

        string trimmed = slug.ToString().Trim('-', '.');
        return trimmed.Length > 0 ? trimmed : "untitled";
    }

    /// <summary>One slug for each name, in order; equal ones get a number.</summary>
    public static IReadOnlyList<string> Distinct(IEnumerable<string> names)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. names.Select(Of).Select(Free)];

        string Free(string slug)
        {
            string candidate = slug;
            for (int number = next.GetValueOrDefault(slug, 2); !taken.Add(candidate); number++)
            {
                candidate = $"{slug}-{number}";
                next[slug] = number + 1;
            }

            return candidate;
        }
    }
}
