using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// The tokens of a training text, document after document, in four bytes each. A token that is not learned is kept as its
/// complement, so that masks take no memory of their own.
/// </summary>
/// <param name="account">Told of the memory, which is <see cref="MemoryKind.Scratch"/>.</param>
public sealed class TokenStore(MemoryAccount account) : IDisposable
{
    const int ChunkTokens = 1 << 18;

    readonly List<NativeBuffer> chunks = [];
    readonly List<TokenSlice> documents = [];

    /// <summary>Tokens of all documents.</summary>
    public long Tokens { get; private set; }

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => chunks.Sum(chunk => chunk.Bytes);

    /// <summary>The documents in the order in which they were added.</summary>
    public IReadOnlyList<TokenSlice> Documents => documents;

    /// <summary>Adds a document.</summary>
    /// <param name="tokens"><c>[token]</c></param>
    /// <param name="targets"><c>[token]</c>: whether each is learned; empty where all are.</param>
    public TokenSlice Add(ReadOnlySpan<int> tokens, ReadOnlySpan<bool> targets = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.IsEmpty ? tokens.Length : targets.Length, tokens.Length, nameof(targets));
        TokenSlice document = new(Tokens, tokens.Length);
        for (int done = 0; done < tokens.Length;)
        {
            Span<int> room = Room();
            int count = Math.Min(room.Length, tokens.Length - done);
            for (int i = 0; i < count; i++)
            {
                int token = tokens[done + i];
                ArgumentOutOfRangeException.ThrowIfNegative(token, nameof(tokens));
                room[i] = targets.IsEmpty || targets[done + i] ? token : ~token;
            }
            done += count;
            Tokens += count;
        }
        documents.Add(document);
        return document;
    }

    /// <summary>Adds an encoded document.</summary>
    public TokenSlice Add(EncodedDocument document) => Add(document.Tokens, document.Targets);

    /// <summary>Reads tokens and what predicting each counts: the slice's weight, or 0 where it is not learned.</summary>
    /// <param name="slice">Which.</param>
    /// <param name="tokens"><c>[token]</c></param>
    /// <param name="weights"><c>[token]</c>; empty where they are not wanted.</param>
    public void Read(TokenSlice slice, Span<int> tokens, Span<float> weights = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens.Length, slice.Count, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slice.First + slice.Count, Tokens, nameof(slice));
        for (int done = 0; done < slice.Count;)
        {
            ReadOnlySpan<int> stored = Stored(slice.First + done, slice.Count - done);
            for (int i = 0; i < stored.Length; i++)
            {
                tokens[done + i] = stored[i] < 0 ? ~stored[i] : stored[i];
                if (!weights.IsEmpty)
                {
                    weights[done + i] = stored[i] < 0 ? 0 : slice.Weight;
                }
            }
            done += stored.Length;
        }
    }

    /// <summary>A slice's tokens.</summary>
    public int[] Read(TokenSlice slice)
    {
        int[] tokens = new int[slice.Count];
        Read(slice, tokens);
        return tokens;
    }

    /// <summary>The stored tokens from <paramref name="first"/> on, as far as they lie together.</summary>
    ReadOnlySpan<int> Stored(long first, int most)
    {
        (int chunk, int offset) = ((int)(first / ChunkTokens), (int)(first % ChunkTokens));
        return chunks[chunk].Span<int>((long)offset * sizeof(int), Math.Min(most, ChunkTokens - offset));
    }

    Span<int> Room()
    {
        (int chunk, int offset) = ((int)(Tokens / ChunkTokens), (int)(Tokens % ChunkTokens));
        if (chunk == chunks.Count)
        {
            chunks.Add(new NativeBuffer((long)ChunkTokens * sizeof(int), MemoryKind.Scratch, account));
        }
        return chunks[chunk].Span<int>((long)offset * sizeof(int), ChunkTokens - offset);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer chunk in chunks)
        {
            chunk.Dispose();
        }
        chunks.Clear();
    }
}
