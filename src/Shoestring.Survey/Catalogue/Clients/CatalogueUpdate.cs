using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>A paper that the catalogue does not have yet, and where it seems to belong.</summary>
/// <param name="Paper">The paper, merged from what the archives say of it.</param>
/// <param name="Found">Where it seems to belong.</param>
public sealed record NewPaper(Paper Paper, Classification Found);

/// <summary>
/// What is new since the last time, as a change that a person reads before it goes in: JSON Lines, one paper a line, in which
/// <c>homes</c> is filled where the classifier is sure and empty where it asks. <c>papers import</c> applies what is left of it.
/// </summary>
public static class CatalogueUpdate
{
    static readonly JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The entries that are of none of the known papers, merged with each other and classified; the surest first.</summary>
    public static IReadOnlyList<NewPaper> New(IReadOnlyList<Paper> known, IEnumerable<SourceEntry> entries, LeafClassifier classifier)
    {
        var keys = known.Select(paper => paper.Key).ToHashSet(StringComparer.Ordinal);
        MergeReport merged = CatalogueMerge.Run(known, entries, []);
        return [.. merged.Papers.Where(paper => !keys.Contains(paper.Key)).Select(paper => new NewPaper(paper, classifier.Classify(paper)))
            .OrderByDescending(paper => paper.Found.Candidates[0].Probability).ThenBy(paper => paper.Paper.Key, StringComparer.Ordinal)];
    }

    /// <summary>Writes the change.</summary>
    public static void Write(IEnumerable<NewPaper> papers, TextWriter writer)
    {
        foreach (NewPaper paper in papers)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer, options))
            {
                json.WriteStartObject();
                Line(json, paper.Paper, paper.Found);
                json.WriteEndObject();
            }

            writer.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
            writer.Write('\n');
        }
    }

    static void Line(Utf8JsonWriter json, Paper paper, Classification found)
    {
        Provenance? origin = paper.Provenance.FirstOrDefault(said => said.Field == "title");
        IReadOnlyList<SurveyFamily> homes = found.Asks ? [] : [found.Candidates[0].Leaf];
        CatalogueJson.Fields(json, paper with { Homes = homes, Resources = [], Techniques = [], Provenance = [] });
        if (origin is not null)
        {
            json.WriteString("source", origin.Source);
            json.WriteString("place", origin.Place);
        }

        json.WriteStartObject("review");
        json.WriteBoolean("asks", found.Asks);
        json.WriteStartArray("candidates");
        foreach (LeafCandidate candidate in found.Candidates.Take(3))
        {
            json.WriteStartObject();
            json.WriteString("leaf", SectionHomes.Name(candidate.Leaf));
            json.WriteNumber("probability", Math.Round(candidate.Probability, 3));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("words");
        foreach ((string word, double _) in found.Words)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
