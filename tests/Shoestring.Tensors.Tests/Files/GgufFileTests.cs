using System.Buffers.Binary;
using System.Text;

namespace Shoestring.Tensors.Tests;

public class GgufFileTests
{
    [Fact]
    public void Every_type_of_value_comes_back()
    {
        var metadata = GgufFile.Open(SampleFiles.Gguf(), "sample").Metadata;

        metadata.Keys.ShouldBe(SampleFiles.AllTypes().Keys);
        metadata["u8"].AsUInt64().ShouldBe(byte.MaxValue);
        metadata["i8"].AsInt64().ShouldBe(sbyte.MinValue);
        metadata["u16"].AsInt32().ShouldBe(ushort.MaxValue);
        metadata["i16"].AsInt64().ShouldBe(short.MinValue);
        metadata["u32"].AsInt64().ShouldBe(uint.MaxValue);
        metadata.GetInt("i32").ShouldBe(int.MinValue);
        metadata.GetFloat("f32").ShouldBe(1.5f);
        metadata.GetBoolean("bool", false).ShouldBeTrue();
        metadata.GetString("string").ShouldBe("naïve\n▁");
        metadata["u64"].AsUInt64().ShouldBe(ulong.MaxValue);
        metadata.GetLong("i64", 0).ShouldBe(long.MinValue);
        metadata["f64"].AsDouble().ShouldBe(-2.25);
    }

    [Fact]
    public void Arrays_come_back_typed()
    {
        var metadata = GgufFile.Open(SampleFiles.Gguf(), "sample").Metadata;

        metadata["i32s"].AsArray<int>().ShouldBe([1, -2, 3]);
        metadata["i32s"].AsInt64Array().ShouldBe([1L, -2, 3]);
        metadata["u16s"].AsInt32Array().ShouldBe([7, 65535]);
        metadata["f32s"].AsSingleArray().ShouldBe([0.5f, float.NaN]);
        metadata["bools"].AsBooleanArray().ShouldBe([true, false]);
        var strings = metadata["strings"].AsStrings();
        strings.ToArray().ShouldBe(["", "a", "▁the"]);
        strings.Utf8(2).ToArray().ShouldBe(Encoding.UTF8.GetBytes("▁the"));
        var nested = metadata["nested"].AsArrays();
        nested[0].AsArray<long>().ShouldBe([5L]);
        nested[1].AsArrays()[0].AsStrings()[0].ShouldBe("x");
    }

    [Fact]
    public void Helpers_fall_back_only_where_the_key_is_missing()
    {
        var metadata = SampleFiles.AllTypes();

        metadata.GetInt("none", 3).ShouldBe(3);
        metadata.GetLong("none", -4).ShouldBe(-4);
        metadata.GetFloat("none", 0.5f).ShouldBe(0.5f);
        metadata.GetString("none", "x").ShouldBe("x");
        metadata.GetBoolean("none", true).ShouldBeTrue();
        Should.Throw<ModelFileException>(() => metadata.GetInt("string", 3)).Message.ShouldContain("'string'");
        Should.Throw<ModelFileException>(() => metadata.GetInt("none")).Message.ShouldContain("'none' is missing");
    }

    [Theory]
    [InlineData("u32", "AsInt32")]
    [InlineData("i8", "AsUInt64")]
    [InlineData("u64", "AsInt64")]
    [InlineData("strings", "AsString")]
    [InlineData("u8", "AsBoolean")]
    [InlineData("bool", "AsDouble")]
    [InlineData("i32", "AsStrings")]
    [InlineData("f32s", "AsInt32Array")]
    [InlineData("i32s", "AsSingleArray")]
    [InlineData("strings", "AsArrays")]
    public void A_wrong_type_names_the_key(string key, string accessor)
    {
        var value = GgufFile.Open(SampleFiles.Gguf(), "sample").Metadata[key];

        var fault = Should.Throw<ModelFileException>(() => Call(value, accessor));

        fault.Message.ShouldStartWith($"sample: metadata key '{key}' is ");
        fault.Message.ShouldNotContain('\n');
    }

    [Fact]
    public void A_message_about_a_long_string_stays_short()
    {
        var metadata = GgufMetadata.Empty.With("long", GgufValue.From("a\n" + new string('x', 100_000)));

        Should.Throw<ModelFileException>(() => metadata.GetInt("long")).Message.Length.ShouldBeLessThan(300);
    }

    [Fact]
    public void Metadata_changes_in_a_copy_and_in_place()
    {
        var before = SampleFiles.AllTypes();

        var after = before.With("u8", GgufValue.From("new")).With("last", GgufValue.From(1)).Without("i8");

        before["u8"].Type.ShouldBe(GgufType.UInt8);
        after.Keys.Take(3).ShouldBe(["general.architecture", "u8", "u16"]);
        after.Keys[^1].ShouldBe("last");
        after.GetString("u8").ShouldBe("new");
    }

    [Fact]
    public void Tensors_read_the_same_by_position_and_mapped_from_disk_and_memory()
    {
        using var folder = new TemporaryFolder();
        using var disk = GgufFile.Open(folder.Add("m.gguf", SampleFiles.Gguf()));
        using var memory = GgufFile.Open(new MemoryStream(SampleFiles.Gguf()), "memory");
        foreach (var declared in SampleFiles.Declarations())
        {
            var entry = disk.Find(declared.Name)!;
            entry.Shape.ShouldBe(declared.Shape);
            entry.Format.ShouldBe(declared.Format);
            var read = new byte[entry.Bytes];
            disk.Read(entry, 0, read);
            read.ShouldBe(SampleFiles.Data(declared));
            disk.Map(entry).ToArray().ShouldBe(read);
            memory.Map(entry, 1, 5).ToArray().ShouldBe(read[1..6]);
        }
    }

    [Fact]
    public void A_native_stream_is_read_in_place()
    {
        var bytes = SampleFiles.Gguf();
        unsafe
        {
            fixed (byte* start = bytes)
            {
                using var stream = new UnmanagedMemoryStream(start, bytes.Length);
                using var file = GgufFile.Open(stream, "resource");
                var entry = file.Find("output_norm.weight")!;
                file.Map(entry).ToArray().ShouldBe(SampleFiles.Data(SampleFiles.Declarations()[1]));
            }
        }
    }

    [Fact]
    public void Reading_past_a_tensor_is_the_caller_s_fault()
    {
        using var file = GgufFile.Open(SampleFiles.Gguf(), "sample");
        var entry = file.Tensors[1];

        Should.Throw<ArgumentOutOfRangeException>(() => file.Read(entry, entry.Bytes - 3, new byte[4]));
        Should.Throw<ArgumentOutOfRangeException>(() => file.Map(entry, -1, 1).Length);
        Should.Throw<ArgumentOutOfRangeException>(() => file.Map(entry, long.MaxValue, 1).Length);
    }

    [Fact]
    public void A_closed_file_refuses_to_map()
    {
        using var folder = new TemporaryFolder();
        var file = GgufFile.Open(folder.Add("m.gguf", SampleFiles.Gguf()));
        file.Map(file.Tensors[0]).Length.ShouldBe((int)file.Tensors[0].Bytes);

        file.Dispose();

        Should.Throw<ObjectDisposedException>(() => file.Map(file.Tensors[0]).Length);
        Should.Throw<ObjectDisposedException>(() => file.Read(file.Tensors[0], 0, new byte[1]));
        file.Metadata.GetString("string").ShouldBe("naïve\n▁");
    }

    [Theory]
    [InlineData(0, "big-endian")]
    [InlineData(1, "version is 1")]
    [InlineData(4, "version is 4")]
    public void Other_versions_are_refused_by_name(uint version, string expected)
    {
        var bytes = SampleFiles.Gguf();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), version == 0 ? BinaryPrimitives.ReverseEndianness(3u) : version);

        Fault(bytes).ShouldContain(expected);
    }

    [Fact]
    public void Version_2_is_read()
    {
        var bytes = SampleFiles.Gguf();
        bytes[4] = 2;

        GgufFile.Open(bytes, "sample").Tensors.Count.ShouldBe(4);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var bytes = SampleFiles.Gguf(SampleFiles.AllTypes(), [new("t", new(8), TensorFormat.F32)]);
        for (var length = 0; length < bytes.Length; length++)
        {
            Fault(bytes.AsMemory(0, length)).ShouldStartWith("sample: ");
        }
    }

    static string Fault(ReadOnlyMemory<byte> bytes) =>
        Should.Throw<ModelFileException>(() => GgufFile.Open(bytes, "sample")).Message;

    static object Call(GgufValue value, string accessor) => accessor switch
    {
        "AsInt32" => value.AsInt32(),
        "AsUInt64" => value.AsUInt64(),
        "AsInt64" => value.AsInt64(),
        "AsString" => value.AsString(),
        "AsBoolean" => value.AsBoolean(),
        "AsDouble" => value.AsDouble(),
        "AsStrings" => value.AsStrings(),
        "AsInt32Array" => value.AsInt32Array(),
        "AsSingleArray" => value.AsSingleArray(),
        "AsArrays" => value.AsArrays(),
        _ => throw new ArgumentOutOfRangeException(nameof(accessor)),
    };
}
