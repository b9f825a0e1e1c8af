using System.Buffers.Binary;

namespace Shoestring.Tensors;

/// <summary>
/// Codes bytes by how often they occur, close to their entropy: range asymmetric numeral systems (Duda, arXiv 1311.2540, §3), with
/// 32-bit states that give and take 16 bits at a time. Four states take turns, so that a processor has four chains to work on.
/// A stream is the four states, then words in the order in which a decoder wants them.
/// </summary>
static class RansCoder
{
    const int States = 4, StateBytes = 4 * States;

    // States stay in [Low, 2³²); a decoder ends where an encoder began, which damaged streams seldom do.
    const uint Low = 1 << 16;

    /// <summary>Most bytes that coding takes: a symbol never gives out more than one word.</summary>
    internal static int MostBytes(int symbols) => StateBytes + 2 * symbols;

    /// <summary>Least bytes that a stream has.</summary>
    internal const int LeastBytes = StateBytes;

    /// <summary>Codes bytes.</summary>
    /// <param name="symbols">The bytes, all of which the table knows.</param>
    /// <param name="table">Their frequencies.</param>
    /// <param name="destination">Receives the stream; <see cref="MostBytes"/> long at least.</param>
    /// <returns>Bytes written.</returns>
    internal static int Encode(ReadOnlySpan<byte> symbols, FrequencyTable table, Span<byte> destination)
    {
        Span<uint> states = [Low, Low, Low, Low];
        ReadOnlySpan<ushort> frequencies = table.Frequencies, starts = table.Starts;
        var end = MostBytes(symbols.Length);
        var at = end;

        // Backwards, since what is put in last comes out first.
        for (var i = symbols.Length - 1; i >= 0; i--)
        {
            uint frequency = frequencies[symbols[i]], state = states[i % States];
            if (state >= (ulong)frequency << 32 - FrequencyTable.Bits)
            {
                at -= 2;
                BinaryPrimitives.WriteUInt16LittleEndian(destination[at..], (ushort)state);
                state >>= 16;
            }

            states[i % States] = (state / frequency << FrequencyTable.Bits) + state % frequency + starts[symbols[i]];
        }

        for (var s = 0; s < States; s++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(4 * s)..], states[s]);
        }

        destination[at..end].CopyTo(destination[StateBytes..]);
        return StateBytes + end - at;
    }

    /// <summary>Decodes bytes.</summary>
    /// <param name="source">The stream and whatever follows it; what follows remains.</param>
    /// <param name="slots">The table's <see cref="FrequencyTable.Slots"/>.</param>
    /// <param name="symbols">Receives the bytes.</param>
    /// <returns>Whether the stream was whole and ended where it should.</returns>
    internal static bool Decode(ref ReadOnlySpan<byte> source, uint[] slots, Span<byte> symbols)
    {
        if (source.Length < StateBytes)
        {
            return false;
        }

        uint a = BinaryPrimitives.ReadUInt32LittleEndian(source), b = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        uint c = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]), d = BinaryPrimitives.ReadUInt32LittleEndian(source[12..]);
        var words = source[StateBytes..];
        var (i, at) = (0, 0);

        // While there are words for four symbols, none of them needs to look whether there is one.
        for (; i + States <= symbols.Length && at + 2 * States <= words.Length; i += States)
        {
            symbols[i] = Next(ref a, slots, words, ref at);
            symbols[i + 1] = Next(ref b, slots, words, ref at);
            symbols[i + 2] = Next(ref c, slots, words, ref at);
            symbols[i + 3] = Next(ref d, slots, words, ref at);
        }

        Span<uint> states = [a, b, c, d];
        for (; i < symbols.Length; i++)
        {
            if (at + 2 > words.Length && NeedsWord(states[i % States], slots))
            {
                return false;
            }

            symbols[i] = Next(ref states[i % States], slots, words, ref at);
        }

        source = words[at..];
        return states is [Low, Low, Low, Low];
    }

    static byte Next(ref uint state, uint[] slots, ReadOnlySpan<byte> words, ref int at)
    {
        uint slot = slots[state & FrequencyTable.Total - 1];
        state = Earlier(state, slot);
        if (state < Low)
        {
            state = state << 16 | BinaryPrimitives.ReadUInt16LittleEndian(words[at..]);
            at += 2;
        }

        return (byte)(slot >> 24);
    }

    static bool NeedsWord(uint state, uint[] slots) => Earlier(state, slots[state & FrequencyTable.Total - 1]) < Low;

    static uint Earlier(uint state, uint slot) =>
        ((slot >> 12 & FrequencyTable.Total - 1) + 1) * (state >> FrequencyTable.Bits) + (slot & FrequencyTable.Total - 1);
}
