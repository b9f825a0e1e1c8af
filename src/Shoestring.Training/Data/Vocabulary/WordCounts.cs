using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Shoestring.Training;

/// <summary>How often each word occurs.</summary>
sealed class WordCounts
{
    readonly Dictionary<byte[], long> counts = new(ByteStrings.Instance);
    readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> lookup;

    public WordCounts() => lookup = counts.GetAlternateLookup<ReadOnlySpan<byte>>();

    public int Count => counts.Count;

    public void Add(ReadOnlySpan<byte> word) => CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out _)++;

    /// <summary>The words with their counts, in the order of their bytes: what comes of them does not depend on the order of the text.</summary>
    public (byte[] Word, long Count)[] Sorted()
    {
        (byte[] Word, long Count)[] all = [.. counts.Select(pair => (pair.Key, pair.Value))];
        Array.Sort(all, (a, b) => a.Word.AsSpan().SequenceCompareTo(b.Word));
        return all;
    }

    /// <summary>Byte strings by what they hold.</summary>
    sealed class ByteStrings : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static ByteStrings Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] value) => GetHashCode(value.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
