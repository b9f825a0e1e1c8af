using System.Buffers.Binary;

namespace Shoestring.Tensors;

/// <summary>How often each byte occurs, in parts of 4096: what an entropy coder and its decoder agree on.</summary>
sealed class FrequencyTable
{
    /// <summary>Binary digits of a frequency.</summary>
    internal const int Bits = 12;

    /// <summary>Sum of all frequencies.</summary>
    internal const int Total = 1 << Bits;

    const int MaskBytes = 32;

    readonly ushort[] frequencies, starts = new ushort[256];
    uint[]? slots;

    FrequencyTable(ushort[] frequencies)
    {
        this.frequencies = frequencies;
        for (var symbol = 1; symbol < 256; symbol++)
        {
            starts[symbol] = (ushort)(starts[symbol - 1] + frequencies[symbol - 1]);
        }
    }

    /// <summary>The frequency of each byte; they sum to <see cref="Total"/>.</summary>
    internal ReadOnlySpan<ushort> Frequencies => frequencies;

    /// <summary>The sum of the frequencies of the bytes before each.</summary>
    internal ReadOnlySpan<ushort> Starts => starts;

    /// <summary>
    /// For each of 4096 slots the byte it belongs to (bits 24–31), that byte's frequency − 1 (bits 12–23) and the slot's place among
    /// the byte's own (bits 0–11).
    /// </summary>
    internal uint[] Slots => slots ??= MakeSlots();

    /// <summary>Bytes that <see cref="Write"/> takes: which bytes occur, and their frequencies.</summary>
    internal int Bytes => MaskBytes + 2 * frequencies.Count(frequency => frequency > 0);

    /// <summary>The table for counts, of which at least one is not zero; every byte that occurs gets at least 1.</summary>
    internal static FrequencyTable Of(ReadOnlySpan<long> counts)
    {
        UInt128 total = 0;
        foreach (var count in counts)
        {
            total += (ulong)count;
        }

        var frequencies = new ushort[256];
        var sum = 0;
        for (var symbol = 0; symbol < 256; symbol++)
        {
            frequencies[symbol] = counts[symbol] == 0 ? (ushort)0 : (ushort)Math.Max(1, (int)((ulong)counts[symbol] * (UInt128)Total / total));
            sum += frequencies[symbol];
        }

        for (; sum < Total; sum++)
        {
            frequencies[Most(counts, frequencies, 0)]++;
        }

        for (; sum > Total; sum--)
        {
            frequencies[Least(counts, frequencies)]--;
        }

        return new FrequencyTable(frequencies);
    }

    // One part more saves about count / frequency, and one part less costs as much: whole numbers, the same on every machine.
    static int Most(ReadOnlySpan<long> counts, ushort[] frequencies, int best)
    {
        for (var symbol = 1; symbol < 256; symbol++)
        {
            if (counts[symbol] > 0 && (counts[best] == 0 || (UInt128)counts[symbol] * frequencies[best] > (UInt128)counts[best] * frequencies[symbol]))
            {
                best = symbol;
            }
        }

        return best;
    }

    static int Least(ReadOnlySpan<long> counts, ushort[] frequencies)
    {
        var best = -1;
        for (var symbol = 0; symbol < 256; symbol++)
        {
            if (frequencies[symbol] > 1 && (best < 0 || (UInt128)counts[symbol] * frequencies[best] < (UInt128)counts[best] * frequencies[symbol]))
            {
                best = symbol;
            }
        }

        return best;
    }

    /// <summary>Bits that bytes of these counts take with this table.</summary>
    internal double Cost(ReadOnlySpan<long> counts)
    {
        var bits = 0.0;
        for (var symbol = 0; symbol < 256; symbol++)
        {
            bits += counts[symbol] == 0 ? 0 : counts[symbol] * (Bits - Math.Log2(frequencies[symbol]));
        }

        return bits;
    }

    /// <summary>Writes the table.</summary>
    /// <returns>What follows it in <paramref name="destination"/>.</returns>
    internal Span<byte> Write(Span<byte> destination)
    {
        destination[..MaskBytes].Clear();
        var rest = destination[MaskBytes..];
        for (var symbol = 0; symbol < 256; symbol++)
        {
            if (frequencies[symbol] > 0)
            {
                destination[symbol / 8] |= (byte)(1 << symbol % 8);
                BinaryPrimitives.WriteUInt16LittleEndian(rest, frequencies[symbol]);
                rest = rest[2..];
            }
        }

        return rest;
    }

    /// <summary>Reads a table, or nothing where the bytes are none.</summary>
    internal static FrequencyTable? Read(ref ReadOnlySpan<byte> source)
    {
        if (source.Length < MaskBytes)
        {
            return null;
        }

        ReadOnlySpan<byte> mask = source[..MaskBytes], rest = source[MaskBytes..];
        var sum = 0;
        var frequencies = new ushort[256];
        for (var symbol = 0; symbol < 256; symbol++)
        {
            if ((mask[symbol / 8] >> symbol % 8 & 1) == 0)
            {
                continue;
            }

            if (rest.Length < 2)
            {
                return null;
            }

            frequencies[symbol] = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            sum += frequencies[symbol];
            rest = rest[2..];
        }

        source = rest;
        return sum == Total ? new FrequencyTable(frequencies) : null;
    }

    uint[] MakeSlots()
    {
        var made = new uint[Total];
        for (var symbol = 0; symbol < 256; symbol++)
        {
            for (var place = 0; place < frequencies[symbol]; place++)
            {
                made[starts[symbol] + place] = (uint)symbol << 24 | (uint)(frequencies[symbol] - 1) << 12 | (uint)place;
            }
        }

        return made;
    }
}
