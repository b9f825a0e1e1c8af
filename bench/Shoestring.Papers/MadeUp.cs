using Shoestring.Survey;
using Shoestring.Techniques;
using Paper = Shoestring.Survey.Paper;

namespace Shoestring.Papers;

/// <summary>Papers that nobody wrote, of the words, venues and homes of real ones.</summary>
static class MadeUp
{
    /// <summary>As many as are wanted; the same every time.</summary>
    public static IEnumerable<Paper> Papers(int count)
    {
        IReadOnlyList<Paper> real = Catalogue.BuiltIn();
        string[] venues = [.. real.Select(paper => paper.Venue).Where(venue => venue is not null).Distinct().Select(venue => venue!)];
        for (int i = 0; i < count; i++)
        {
            Paper one = Pick(real, i, 0);
            string[] head = one.Title.Split(' ');
            string[] tail = Pick(real, i, 1).Title.Split(' ');
            SurveyFamily[] homes = [.. one.Homes];
            yield return new Paper($"made-up:{i}", string.Join(' ', head[..((head.Length + 1) / 2)].Concat(tail[(tail.Length / 2)..])))
            {
                Authors = [$"Author{Number(i, 2) % 5000} Family{Number(i, 3) % 20000}", $"Author{Number(i, 4) % 5000} Family{Number(i, 5) % 20000}"],
                Year = 2017 + (int)(Number(i, 6) % 9),
                Venue = venues[(int)(Number(i, 7) % (ulong)venues.Length)],
                Abstract = string.Join(". ", Enumerable.Range(8, 8).Select(part => Pick(real, i, part).Title)),
                Homes = homes,
                Resources = HomeResources.Of(homes),
                Keywords = one.Keywords,
            };
        }
    }

    static Paper Pick(IReadOnlyList<Paper> real, int at, int part) => real[(int)(Number(at, part) % (ulong)real.Count)];

    // SplitMix64 of position and part.
    static ulong Number(int at, int part)
    {
        ulong z = (((ulong)at * 64) + (ulong)part + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
