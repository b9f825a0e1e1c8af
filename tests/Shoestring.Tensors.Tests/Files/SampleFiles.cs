using System.Buffers.Binary;
using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Tensors.Tests;

/// <summary>Small sound files of every kind, made in memory.</summary>
static class SampleFiles
{
    /// <summary>Seven numbers of a llama2.c header: dimension, hidden, layers, heads, KV heads, vocabulary, context.</summary>
    public static readonly int[] Llama2cNumbers = [8, 12, 2, 4, 2, 5, 6];

    /// <summary>Every type of value, arrays within arrays among them.</summary>
    public static GgufMetadata AllTypes() => GgufMetadata.Empty
        .With("general.architecture", GgufValue.From("llama"))
        .With("u8", GgufValue.From(byte.MaxValue))
        .With("i8", GgufValue.From(sbyte.MinValue))
        .With("u16", GgufValue.From(ushort.MaxValue))
        .With("i16", GgufValue.From(short.MinValue))
        .With("u32", GgufValue.From(uint.MaxValue))
        .With("i32", GgufValue.From(int.MinValue))
        .With("f32", GgufValue.From(1.5f))
        .With("bool", GgufValue.From(true))
        .With("string", GgufValue.From("naïve\n▁"))
        .With("u64", GgufValue.From(ulong.MaxValue))
        .With("i64", GgufValue.From(long.MinValue))
        .With("f64", GgufValue.From(-2.25))
        .With("i32s", GgufValue.FromArray<int>([1, -2, 3]))
        .With("u16s", GgufValue.FromArray<ushort>([7, 65535]))
        .With("f32s", GgufValue.FromArray<float>([0.5f, float.NaN]))
        .With("bools", GgufValue.FromArray<bool>([true, false]))
        .With("strings", GgufValue.FromStrings(["", "a", "▁the"]))
        .With("nested", GgufValue.FromArrays([GgufValue.FromArray<long>([5]), GgufValue.FromArrays([GgufValue.FromStrings(["x"])])]));

    /// <summary>Tensors of several formats and ranks.</summary>
    public static TensorDeclaration[] Declarations() =>
    [
        new("token_embd.weight", new(32, 3), TensorFormat.Q8_0),
        new("output_norm.weight", new(5), TensorFormat.F32),
        new("blk.0.ffn_up.weight", new(256, 2), TensorFormat.Q4_K),
        new("cube", new(2, 3, 4, 5), TensorFormat.BF16),
    ];

    /// <summary>Bytes that tell tensors and positions apart.</summary>
    public static byte[] Data(TensorDeclaration tensor)
    {
        var bytes = new byte[tensor.Bytes];
        new Random(tensor.Name.Length).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Gguf() => Gguf(AllTypes(), Declarations());

    public static byte[] Gguf(GgufMetadata metadata, TensorDeclaration[] tensors) => Lay(metadata, tensors, Array.ConvertAll(tensors, Data));

    static byte[] Lay(GgufMetadata metadata, TensorDeclaration[] tensors, byte[][] data)
    {
        var (header, entries, length) = GgufHeaderWriter.Lay(metadata, tensors);
        var file = new byte[length];
        header.CopyTo(file, 0);
        for (var i = 0; i < entries.Length; i++)
        {
            data[i].CopyTo(file, entries[i].Offset);
        }

        return file;
    }

    /// <summary>A file with an entropy-coded tensor and a plain one.</summary>
    public static byte[] CodedGguf(TensorFormat format, int rows)
    {
        TensorDeclaration tensor = new("coded", new(128, rows), format), norm = new("norm", new(5), TensorFormat.F32);
        using var plain = GgufFile.Open(Lay(GgufMetadata.Empty, [tensor], [TestWeights.Bytes(format, rows, 128)]), "plain");
        using var pool = new WorkerPool(1);
        var coder = TensorCoder.Plan(plain, plain.Tensors[0], pool)!;
        using var stream = new MemoryStream();
        coder.Write(bytes => stream.Write(bytes));
        return Lay(GgufMetadata.Empty, [coder.Declaration, norm], [stream.ToArray(), Data(norm)]);
    }

    public static byte[] Safetensors() => Safetensors(
        """
        {"__metadata__":{"format":"pt","note":"ümlaut"},
        "model.embed_tokens.weight":{"dtype":"F16","shape":[3,4],"data_offsets":[0,24]},
        "model.norm.weight":{"dtype":"F32","shape":[4],"data_offsets":[24,40]},
        "scale":{"dtype":"BF16","shape":[],"data_offsets":[40,42]},
        "mask":{"dtype":"I64","shape":[2],"data_offsets":[42,58]}}
        """,
        58);

    public static byte[] Safetensors(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)json.Length);
        json.CopyTo(file, 8);
        for (var i = 0; i < dataBytes; i++)
        {
            file[8 + json.Length + i] = (byte)i;
        }

        return file;
    }

    /// <summary>A llama2.c model whose weights count 0, 1, 2… in file order.</summary>
    public static byte[] Llama2c(int version, bool shared = true)
    {
        var numbers = (int[])Llama2cNumbers.Clone();
        numbers[5] = version == 0 && !shared ? -numbers[5] : numbers[5];
        var header = new MemoryStream();
        if (version > 0)
        {
            header.Write(BitConverter.GetBytes(0x616b3432));
            header.Write(BitConverter.GetBytes(version));
        }

        Array.ForEach(numbers, number => header.Write(BitConverter.GetBytes(number)));
        if (version > 0)
        {
            header.WriteByte(shared ? (byte)1 : (byte)0);
            header.Write(new byte[256 - header.Length]);
        }

        // Per layer: two norms, queries and outputs 8×8, keys and values 8×4, three matrices 8×12.
        var weights = (5 * 8) + (2 * ((2 * 8) + (2 * 64) + (2 * 32) + (3 * 96))) + 8 + (version == 0 ? 6 * 2 : 0) + (shared ? 0 : 5 * 8);
        for (var i = 0; i < weights; i++)
        {
            header.Write(BitConverter.GetBytes((float)i));
        }

        return header.ToArray();
    }

    public static byte[] Llama2cVocabulary()
    {
        var file = new MemoryStream();
        file.Write(BitConverter.GetBytes(7));
        foreach (var piece in new[] { "<unk>", "", " the", "é" })
        {
            var utf8 = Encoding.UTF8.GetBytes(piece);
            file.Write(BitConverter.GetBytes(-utf8.Length / 2f));
            file.Write(BitConverter.GetBytes(utf8.Length));
            file.Write(utf8);
        }

        return file.ToArray();
    }
}
