using System.Globalization;
using Shoestring.Techniques;

namespace Shoestring.Survey;

/// <summary>
/// Brings entries of many sources together into papers: by arXiv identifier, DOI, address and title. Nothing is lost on the way:
/// every entry makes a paper, joins one or is dropped with a reason; every disagreement is listed; every field keeps who said what.
/// </summary>
public static class CatalogueMerge
{
    /// <summary>Merges <paramref name="entries"/>, in their order, into <paramref name="known"/> papers.</summary>
    /// <param name="known">Papers of the catalogue so far; what they say stays.</param>
    /// <param name="entries">Entries of the sources.</param>
    /// <param name="mends">Errors of the sources that are mended on the way.</param>
    public static MergeReport Run(IEnumerable<Paper> known, IEnumerable<SourceEntry> entries, IReadOnlyList<Mend> mends)
    {
        var run = new Merge(mends);
        foreach (Paper paper in known)
        {
            run.Seed(paper);
        }

        foreach (SourceEntry entry in entries)
        {
            run.Take(entry);
        }

        return run.Report();
    }

    sealed class Merge(IReadOnlyList<Mend> mends)
    {
        readonly PaperIndex index = new();
        readonly List<PaperGroup> groups = [];
        readonly List<DroppedEntry> dropped = [];
        readonly List<(SourceEntry, Mend)> applied = [];
        readonly List<(PaperGroup Group, SourceEntry Entry, string Doubt)> doubts = [];
        readonly Dictionary<string, int[]> counts = new(StringComparer.Ordinal);

        public void Seed(Paper paper)
        {
            var group = new PaperGroup { Seed = paper };
            groups.Add(group);
            index.Add(group, new SourceEntry("catalogue", paper.Key, paper.Title) { Arxiv = paper.Arxiv, Doi = paper.Doi, Url = paper.Url });
            foreach (Provenance said in paper.Provenance.Where(said => said.Field == "title" && said.Value != paper.Title))
            {
                index.Add(group, new SourceEntry(said.Source, said.Place ?? "", said.Value));
            }
        }

        public void Take(SourceEntry raw)
        {
            int[] count = Count(raw.Source);
            count[0]++;
            if (TitleText.Words(raw.Title).Count == 0)
            {
                dropped.Add(new DroppedEntry(raw, "its title has no words"));
                count[4]++;
                return;
            }

            (SourceEntry entry, IReadOnlyList<Mend> mended) = Mend.All(raw, mends);
            applied.AddRange(mended.Select(mend => (raw, mend)));
            PaperGroup? group = index.Find(entry, out string? doubt);
            bool fresh = group is null;
            if (group is null)
            {
                groups.Add(group = new PaperGroup());
            }

            // An identifier that belongs to another paper finds that one, not this.
            bool own = doubt?.StartsWith("arXiv", StringComparison.Ordinal) != true;
            count[fresh ? 1 : group.Members.Any(member => member.Raw.Source == raw.Source) ? 3 : 2]++;
            SourceEntry kept = own ? entry : entry with { Arxiv = null, Url = null };
            group.Members.Add((raw, kept, mended));
            index.Add(group, kept);
            if (doubt is not null)
            {
                doubts.Add((group, raw, doubt));
            }
        }

        public MergeReport Report()
        {
            var conflicts = new List<MergeConflict>();
            var papers = new SortedDictionary<string, Paper>(StringComparer.Ordinal);
            var keys = new Dictionary<PaperGroup, string>();
            foreach (PaperGroup group in groups)
            {
                Paper paper = PaperFields.Of(group, conflicts);
                string key = paper.Key;
                for (int again = 2; papers.ContainsKey(key); again++)
                {
                    key = string.Create(CultureInfo.InvariantCulture, $"{paper.Key}-{again}");
                }

                papers.Add(key, key == paper.Key ? paper : paper with { Key = key });
                keys.Add(group, key);
            }

            conflicts.AddRange(doubts.Select(doubt => new MergeConflict(keys[doubt.Group], "identity", "kept apart", doubt.Doubt, doubt.Entry.Where)));
            return new MergeReport(
                [.. papers.Values],
                [.. counts.Select(pair => new SourceCount(pair.Key, pair.Value[0], pair.Value[1], pair.Value[2], pair.Value[3], pair.Value[4]))],
                conflicts, dropped, applied);
        }

        int[] Count(string source)
        {
            if (!counts.TryGetValue(source, out int[]? count))
            {
                counts.Add(source, count = new int[5]);
            }

            return count;
        }
    }
}
