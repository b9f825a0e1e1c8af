using System.Buffers.Binary;
using System.Text;

namespace Shoestring.Tensors.Tests;

/// <summary>Damages a file in one of the ways that files are damaged, by accident or on purpose.</summary>
static class Mutations
{
    static readonly ulong[] Extremes =
    [
        0, 1, 2, 7, 31, 33, 255, 65535, 65536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 40, 1UL << 61, 1UL << 62,
        long.MaxValue - 31, long.MaxValue, 1UL << 63, ulong.MaxValue - 31, ulong.MaxValue - 7, ulong.MaxValue,
    ];

    static readonly string[] Fragments =
    [
        "{", "}", "[", "]", "\"", ":", ",", "-1", "1e999", "9223372036854775807", "99999999999999999999", "null", "\\ud800", "../", "/",
        "F32", "I64", "dtype", "__metadata__", "general.alignment", "split.count", "GGUF", "[[[[[[[[[[[[[[[[",
    ];

    /// <summary>One to four damages; the same seed gives the same file.</summary>
    public static byte[] Damage(byte[] sound, Random random, IReadOnlyList<byte[]> others)
    {
        var file = sound;
        for (var i = random.Next(4); i >= 0 && file.Length > 0; i--)
        {
            file = Once(file, random, others);
        }

        return file;
    }

    static byte[] Once(byte[] file, Random random, IReadOnlyList<byte[]> others)
    {
        var at = Position(file, random);
        return random.Next(10) switch
        {
            0 => FlipBit((byte[])file.Clone(), at, random),
            1 => file[..at],
            2 => Overwrite(file, at, Number(file, random, 8)),
            3 => Overwrite(file, at, Number(file, random, 4)),
            4 => Overwrite(file, at, [(byte)random.Next(256)]),
            5 => [.. file[..at], .. NestedArrays(random), .. file[at..]],
            6 => Splice(file, at, others[random.Next(others.Count)], random),
            7 => [.. file[..at], .. Fragment(random), .. file[Math.Min(file.Length, at + random.Next(4))..]],
            8 => Overwrite(file, at, Fragment(random)),
            _ => [.. file[..at], .. file[Math.Min(file.Length, at + 1 + random.Next(16))..]],
        };
    }

    /// <summary>Headers matter more than weights: half of the damage is near the start.</summary>
    static int Position(byte[] file, Random random) => random.Next(random.Next(2) == 0 ? Math.Min(file.Length, 64) : file.Length);

    static byte[] FlipBit(byte[] file, int at, Random random)
    {
        file[at] ^= (byte)(1 << random.Next(8));
        return file;
    }

    static byte[] Number(byte[] file, Random random, int bytes)
    {
        var value = random.Next(3) == 0 ? (ulong)(file.Length + random.Next(-40, 40)) : Extremes[random.Next(Extremes.Length)];
        var number = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        return number[..bytes];
    }

    static byte[] Overwrite(byte[] file, int at, byte[] with)
    {
        var copy = (byte[])file.Clone();
        with.AsSpan(0, Math.Min(with.Length, copy.Length - at)).CopyTo(copy.AsSpan(at));
        return copy;
    }

    static byte[] NestedArrays(Random random)
    {
        byte[] array = [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        return [.. Enumerable.Repeat(array, random.Next(1, 40)).SelectMany(bytes => bytes)];
    }

    static byte[] Fragment(Random random) => Encoding.ASCII.GetBytes(Fragments[random.Next(Fragments.Length)]);

    static byte[] Splice(byte[] file, int at, byte[] other, Random random)
    {
        var from = random.Next(other.Length);
        return [.. file[..at], .. other[from..Math.Min(other.Length, from + random.Next(1, 64))], .. file[at..]];
    }
}
