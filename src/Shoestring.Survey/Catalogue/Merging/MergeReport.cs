namespace Shoestring.Survey;

/// <summary>Two sources that say different things of one paper, or one thing of two.</summary>
/// <param name="Key">The paper it came up with.</param>
/// <param name="Field">What they disagree on.</param>
/// <param name="Kept">What the catalogue says now.</param>
/// <param name="Other">What was said otherwise.</param>
/// <param name="Where">Source and place of that.</param>
public sealed record MergeConflict(string Key, string Field, string Kept, string Other, string Where);

/// <summary>An entry that did not go in.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Reason">Why not.</param>
public sealed record DroppedEntry(SourceEntry Entry, string Reason);

/// <summary>What became of one source's entries: they add up.</summary>
/// <param name="Source">The source.</param>
/// <param name="In">Entries that it has.</param>
/// <param name="New">Entries that made a paper.</param>
/// <param name="Merged">Entries that joined a paper that was there from another source.</param>
/// <param name="Repeated">Entries that joined a paper which the same source had named before.</param>
/// <param name="Dropped">Entries that did not go in.</param>
public sealed record SourceCount(string Source, int In, int New, int Merged, int Repeated, int Dropped);

/// <summary>What a merge came to.</summary>
/// <param name="Papers">All papers, by key.</param>
/// <param name="Counts">One row a source.</param>
/// <param name="Conflicts">Every disagreement.</param>
/// <param name="Dropped">What did not go in.</param>
/// <param name="Mends">Known errors that were mended, with the entry that had them.</param>
public sealed record MergeReport(
    IReadOnlyList<Paper> Papers,
    IReadOnlyList<SourceCount> Counts,
    IReadOnlyList<MergeConflict> Conflicts,
    IReadOnlyList<DroppedEntry> Dropped,
    IReadOnlyList<(SourceEntry Entry, Mend Mend)> Mends);
