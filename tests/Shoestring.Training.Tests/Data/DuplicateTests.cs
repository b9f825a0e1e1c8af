using System.Collections;
using CsCheck;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public sealed class DuplicateTests : IDisposable
{
    readonly TokenStore store = new(new MemoryAccount());

    public void Dispose() => store.Dispose();

    [Fact]
    public void Equal_documents_are_found_and_the_first_stays()
    {
        store.Add([1, 2, 3]);
        store.Add([1, 2]);
        store.Add([1, 2, 3]);
        store.Add([3, 2, 1]);
        store.Add([1, 2, 3], [false, true, true]);
        store.Add([]);
        store.Add([]);
        ExactDuplicates.FirstEqual(store, store.Documents).ShouldBe([0, 1, 0, 3, 0, 5, 5]);
        ExactDuplicates.Remove(store, store.Documents).Select(document => document.First).ShouldBe([0L, 3, 8, 14]);
    }

    /// <summary>Pairs of documents of given similarity: shingles of one token, so that sets are as they are made.</summary>
    void AddPairs(int count, int common, int own)
    {
        for (int pair = 0; pair < count; pair++)
        {
            int first = pair * (common + 2 * own);
            store.Add([.. Enumerable.Range(first, common + own)]);
            store.Add([.. Enumerable.Range(first, common), .. Enumerable.Range(first + common + own, own)]);
        }
    }

    [Theory]
    [InlineData(30, 35)]
    [InlineData(50, 25)]
    [InlineData(60, 20)]
    [InlineData(80, 10)]
    public void Pairs_are_compared_as_often_as_the_curve_says(int common, int own)
    {
        const int pairs = 400;
        AddPairs(pairs, common, own);
        NearDuplicateOptions options = new() { Shingle = 1, Bands = 8, Rows = 4, Seed = 3 };
        NearDuplicates search = new(store, store.Documents, options);
        double similarity = common / (common + 2.0 * own), expected = options.Probability(similarity);
        search.Similarity(0, 1).ShouldBe(similarity, 1e-12);
        double found = search.Candidates().Count(pair => pair.First / 2 == pair.Second / 2) / (double)pairs;
        // Four standard deviations of a share of independent pairs.
        found.ShouldBe(expected, 4 * Math.Sqrt(expected * (1 - expected) / pairs) + 1e-9);
    }

    [Fact]
    public void Planted_near_duplicates_are_found_and_no_others()
    {
        int[][] documents = [.. Enumerable.Range(0, 150).Select(i => Trained.Tokens(200, 5000, (ulong)i + 10))];
        foreach (int[] document in documents)
        {
            store.Add(document);
        }
        for (int i = 0; i < 100; i++)
        {
            // One to four tokens changed: each takes out up to five of 196 shingles.
            int[] copy = [.. documents[i]];
            for (int change = 0; change <= i % 4; change++)
            {
                copy[30 + 40 * change] = 9000 + i;
            }
            store.Add(copy);
        }
        NearDuplicates search = new(store, store.Documents, new NearDuplicateOptions());
        (int First, int Second)[] truth = [.. Pairs(store.Documents.Count).Where(pair => search.Similarity(pair.First, pair.Second) >= 0.8)];
        truth.Length.ShouldBe(100);
        (int First, int Second)[] found = [.. search.Candidates().Where(pair => search.Similarity(pair.First, pair.Second) >= 0.8)];
        found.Except(truth).ShouldBeEmpty();
        found.Length.ShouldBeGreaterThanOrEqualTo(95);
        int[] first = search.FirstAlike();
        Enumerable.Range(0, first.Length).Count(i => first[i] != i).ShouldBe(found.Length);
        foreach ((int original, int copy) in found)
        {
            first[copy].ShouldBe(original);
        }
        search.Remove().Count.ShouldBe(250 - found.Length);
    }

    static IEnumerable<(int First, int Second)> Pairs(int count) =>
        from second in Enumerable.Range(0, count) from first in Enumerable.Range(0, second) select (first, second);

    [Fact]
    public void Chains_of_near_duplicates_are_one_cluster()
    {
        for (int i = 0; i < 10; i++)
        {
            store.Add([.. Enumerable.Range(3 * i, 100)]);
        }
        store.Add([.. Enumerable.Range(500, 100)]);
        NearDuplicates search = new(store, store.Documents, new NearDuplicateOptions { Bands = 50, Rows = 4 });
        search.Similarity(0, 9).ShouldBeLessThan(0.8);
        search.FirstAlike().ShouldBe([.. Enumerable.Repeat(0, 10), 10]);
    }

    [Fact]
    public void Documents_shorter_than_a_shingle_are_compared_whole()
    {
        store.Add([1, 2]);
        store.Add([1, 2]);
        store.Add([1, 3]);
        new NearDuplicates(store, store.Documents, new NearDuplicateOptions()).FirstAlike().ShouldBe([0, 0, 2]);
    }

    [Fact]
    public void Suffixes_are_sorted_and_share_what_they_share() =>
        Gen.Int[-2, 3].Array[0, 60].Sample(
            text =>
            {
                int[] order = SuffixArray.Sort(text), common = SuffixArray.CommonPrefixes(text, order);
                int[] expected = [.. Enumerable.Range(0, text.Length)];
                Array.Sort(expected, (a, b) => text.AsSpan(a).SequenceCompareTo(text.AsSpan(b)));
                order.ShouldBe(expected);
                for (int i = 0; i < order.Length; i++)
                {
                    common[i].ShouldBe(i == 0 ? 0 : text.AsSpan(order[i]).CommonPrefixLength(text.AsSpan(order[i - 1])));
                }
            },
            iter: 1000, threads: 1);

    [Fact]
    public void Long_repeats_are_sorted_too()
    {
        int[] text = [.. Enumerable.Repeat(1, 3000), .. Trained.Tokens(3000, 9), .. Enumerable.Repeat(1, 3000)];
        int[] order = SuffixArray.Sort(text);
        for (int i = 1; i < order.Length; i++)
        {
            text.AsSpan(order[i - 1]).SequenceCompareTo(text.AsSpan(order[i])).ShouldBeLessThan(0);
        }
    }

    [Fact]
    public void Later_occurrences_are_marked_as_looking_at_every_pair_of_places_would() =>
        Gen.Select(Gen.Int[0, 2].Array[0, 12].Array[1, 5], Gen.Int[1, 5]).Sample(
            (documents, length) =>
            {
                using TokenStore some = new(new MemoryAccount());
                Array.ForEach(documents, document => some.Add(document));
                BitArray[] marks = ExactSubstrings.Mark(some, some.Documents, length);
                bool[][] expected = Plainly(documents, length);
                for (int document = 0; document < documents.Length; document++)
                {
                    marks[document].Cast<bool>().ShouldBe(expected[document]);
                }
            },
            iter: 500, threads: 1);

    static bool[][] Plainly(int[][] documents, int length)
    {
        bool[][] marks = [.. documents.Select(document => new bool[document.Length])];
        List<int[]> seen = [];
        for (int document = 0; document < documents.Length; document++)
        {
            for (int token = 0; token + length <= documents[document].Length; token++)
            {
                int[] window = documents[document][token..(token + length)];
                if (seen.Any(earlier => earlier.SequenceEqual(window)))
                {
                    Array.Fill(marks[document], true, token, length);
                }
                seen.Add(window);
            }
        }
        return marks;
    }

    [Fact]
    public void A_passage_that_was_said_before_is_cut_out()
    {
        int[] passage = [.. Enumerable.Range(100, 60)];
        store.Add([1, 2, .. passage, 3, 4]);
        store.Add([5, 6, 7, .. passage, 8, 9]);
        store.Add([10, .. passage]);
        IReadOnlyList<TokenSlice> left = ExactSubstrings.Remove(store, store.Documents);
        left.Select(store.Read).Select(tokens => string.Join(' ', tokens)).ShouldBe([string.Join(' ', (int[])[1, 2, .. passage, 3, 4]), "5 6 7", "8 9"]);
        ExactSubstrings.Remove(store, store.Documents, 61).ShouldBe(store.Documents);
    }

    [Fact]
    public void One_kind_is_taken_out_after_the_other_and_counted()
    {
        int[] document = [.. Enumerable.Range(0, 100)], alike = [.. document[..^2], 998, 999], other = [.. Enumerable.Range(200, 40), .. document[..60], 300];
        foreach (int[] tokens in (int[][])[document, document, alike, other])
        {
            store.Add(tokens);
        }
        DeduplicatedText text = Deduplication.Apply(store, store.Documents, new DeduplicationOptions { Near = new NearDuplicateOptions { Bands = 50, Rows = 4 }, SubstringLength = 50 });
        (text.ExactDocuments, text.NearDocuments, text.SubstringTokens).ShouldBe((1, 1, 61));
        text.Documents.ShouldBe([new TokenSlice(0, 100), new TokenSlice(300, 40)]);
        DeduplicatedText all = Deduplication.Apply(store, store.Documents, new DeduplicationOptions { Exact = false });
        (all.Documents, all.ExactDocuments, all.NearDocuments, all.SubstringTokens).ShouldBe((store.Documents, 0, 0, 0L));
    }
}
