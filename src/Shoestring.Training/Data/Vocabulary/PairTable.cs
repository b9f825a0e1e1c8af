using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shoestring.Models;

namespace Shoestring.Training;

/// <summary>
/// How often each pair of neighbouring pieces occurs, in which words, and which occurs most. Entries of the queue are not
/// mended when counts fall: one whose count is out of date is put back with the right one when it comes up. Only pairs with
/// the newest piece gain, and they are put in once their counts are final.
/// </summary>
sealed class PairTable
{
    struct Entry
    {
        public long Count;
        public List<int>? Words;
    }

    readonly Dictionary<PieceMerge, Entry> entries = [];
    readonly PriorityQueue<PieceMerge, Rank> queue = new();
    readonly HashSet<PieceMerge> fresh = [];

    /// <summary>Adds to the count of a pair that occurs in <paramref name="word"/>.</summary>
    public void Add(PieceMerge pair, long count, int word)
    {
        ref Entry entry = ref CollectionsMarshal.GetValueRefOrAddDefault(entries, pair, out _);
        entry.Count += count;
        entry.Words ??= [];
        if (entry.Words.Count == 0 || entry.Words[^1] != word)
        {
            entry.Words.Add(word);
        }
        fresh.Add(pair);
    }

    /// <summary>Takes from the count of a pair, unless it is no longer in the table.</summary>
    public void Remove(PieceMerge pair, long count)
    {
        ref Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(entries, pair);
        if (!Unsafe.IsNullRef(ref entry))
        {
            entry.Count -= count;
        }
    }

    /// <summary>Puts the pairs that gained into the queue.</summary>
    public void Settle()
    {
        foreach (PieceMerge pair in fresh)
        {
            queue.Enqueue(pair, new Rank(entries[pair].Count, pair));
        }
        fresh.Clear();
    }

    /// <summary>Takes out the pair that occurs most, the one of the lowest ids among equals.</summary>
    /// <param name="least">The fewest occurrences that count.</param>
    /// <param name="pair">The pair.</param>
    /// <param name="words">The words that it occurs in, and some in which it no longer does.</param>
    public bool TryTake(long least, out PieceMerge pair, out List<int> words)
    {
        while (queue.TryDequeue(out pair, out Rank rank))
        {
            if (!entries.TryGetValue(pair, out Entry entry) || entry.Count < least)
            {
                entries.Remove(pair);
                continue;
            }
            if (entry.Count != rank.Count)
            {
                queue.Enqueue(pair, new Rank(entry.Count, pair));
                continue;
            }
            words = entry.Words!;
            entries.Remove(pair);
            return true;
        }
        words = [];
        return false;
    }

    /// <summary>The order in which pairs are merged.</summary>
    readonly record struct Rank(long Count, PieceMerge Pair) : IComparable<Rank>
    {
        public int CompareTo(Rank other) =>
            Count != other.Count ? other.Count.CompareTo(Count)
            : Pair.Left != other.Pair.Left ? Pair.Left.CompareTo(other.Pair.Left)
            : Pair.Right.CompareTo(other.Pair.Right);
    }
}
