using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Shoestring.Survey;

/// <summary>
/// What the script searches, in parts below 200 kB. Each is a script that adds its rows, since a page opened from a file may load scripts and
/// no other data. Rows are slug, title, authors, year, venue, leaves, stages, resources, techniques.
/// </summary>
static class SearchIndex
{
    const int RowsInPart = 250, MostVenues = 60;

    static readonly ConditionalWeakTable<SiteContent, IReadOnlyList<string>> venues = [];

    /// <summary>How many parts there are.</summary>
    public static int Parts(SiteContent content) => (content.Papers.Count + RowsInPart - 1) / RowsInPart;

    /// <summary>Where a part lies, counted from one.</summary>
    public static string Path(int part) => $"papers/search-{part}.js";

    /// <summary>The most frequent venues by name: those that can be chosen.</summary>
    public static IReadOnlyList<string> Venues(SiteContent content) => venues.GetValue(content, static one => [.. one.Papers.Select(paper => PaperText.Venue(paper.Paper)).OfType<string>()
        .GroupBy(venue => venue, StringComparer.Ordinal).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
        .Take(MostVenues).Select(group => group.Key).Order(StringComparer.OrdinalIgnoreCase).ThenBy(venue => venue, StringComparer.Ordinal)]);

    /// <summary>A part's text. JSON with the default encoder holds no markup and no line that a script would end at.</summary>
    public static string Part(SiteContent content, int part)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var facets = new Facets(content);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (CataloguedPaper paper in content.Papers.Skip((part - 1) * RowsInPart).Take(RowsInPart))
            {
                Row(writer, paper, facets);
            }

            writer.WriteEndArray();
        }

        return $"window.shoestringPapers.add({Encoding.UTF8.GetString(buffer.WrittenSpan)});\n";
    }

    sealed class Facets(SiteContent content)
    {
        readonly Dictionary<string, int> stages = content.Stages.Select((stage, i) => (stage.Name, i)).ToDictionary(pair => pair.Name, pair => pair.i);
        readonly Dictionary<Shoestring.Techniques.SurveyFamily, int> families = SiteContent.Families.Select((family, i) => (family, i)).ToDictionary(pair => pair.family, pair => pair.i);
        readonly Dictionary<string, int> venues = Venues(content).Select((venue, i) => (venue, i)).ToDictionary(pair => pair.venue, pair => pair.i);

        public IEnumerable<int> Families(Paper paper) => paper.Homes.Select(home => families[home]).Distinct();

        public IEnumerable<int> Stages(Paper paper) => paper.Homes.Select(home => stages[home.Stage]).Distinct();

        public int Venue(Paper paper) => PaperText.Venue(paper) is { } venue ? venues.GetValueOrDefault(venue, -1) : -1;
    }

    static void Row(Utf8JsonWriter writer, CataloguedPaper one, Facets facets)
    {
        Paper paper = one.Paper;
        writer.WriteStartArray();
        writer.WriteStringValue(one.Slug);
        writer.WriteStringValue(PaperText.Title(paper));
        writer.WriteStringValue(PaperText.Authors(paper));
        writer.WriteNumberValue(paper.Year ?? 0);
        writer.WriteNumberValue(facets.Venue(paper));
        Numbers(writer, facets.Families(paper));
        Numbers(writer, facets.Stages(paper));
        Numbers(writer, paper.Resources.Select(resource => (int)resource));
        writer.WriteStartArray();
        foreach (string technique in paper.Techniques.Take(8))
        {
            writer.WriteStringValue(technique);
        }

        writer.WriteEndArray();
        writer.WriteStringValue(PaperText.Published(paper));
        writer.WriteEndArray();
    }

    static void Numbers(Utf8JsonWriter writer, IEnumerable<int> numbers)
    {
        writer.WriteStartArray();
        foreach (int number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
