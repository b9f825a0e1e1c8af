using System.Globalization;
using System.Text;

namespace Shoestring.Tensors.Tests;

/// <summary>
/// Damaged files end in a <see cref="ModelFileException"/> or open; nothing else is thrown and nothing large allocated.
/// SHOESTRING_FUZZ_CASES sets the number of cases for a longer soak; each case depends on its number alone.
/// </summary>
public sealed class FileFuzzTests : IDisposable
{
    const int DefaultCases = 24_000;
    const long Allowance = 64L << 20;

    /// <summary>Every how many cases the file goes over the disk: opening memory is what makes a million cases quick.</summary>
    const int DiskEvery = 50;

    static readonly byte[][] Ggufs = [SampleFiles.Gguf(), SampleFiles.Gguf(GgufMetadata.Empty.With("general.alignment", GgufValue.From(8u)), SampleFiles.Declarations()[1..2])];
    static readonly byte[][] Codeds = [SampleFiles.CodedGguf(TensorFormat.F16, 300), SampleFiles.CodedGguf(TensorFormat.Q8_0, 100)];
    static readonly byte[][] Safetensors = [SampleFiles.Safetensors()];
    static readonly byte[][] Llamas = [SampleFiles.Llama2c(0), SampleFiles.Llama2c(1, false)];
    static readonly byte[][] Vocabularies = [SampleFiles.Llama2cVocabulary()];
    static readonly byte[][] Indexes = [Encoding.UTF8.GetBytes("""{"metadata":{"total_size":8},"weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors"}}""")];
    static readonly byte[][] All = [.. Ggufs, .. Codeds, .. Safetensors, .. Llamas, .. Vocabularies, .. Indexes];

    readonly TemporaryFolder folder = new();

    [Fact]
    public void Damaged_gguf_files_do_no_harm() =>
        Run(Ggufs, 0.5, bytes => Use(GgufFile.Open(bytes, "fuzz")), path => Use(GgufFile.Open(path)));

    [Fact]
    public void Damaged_coded_files_do_no_harm() =>
        Run(Codeds, 0.25, bytes => Use(GgufFile.Open(bytes, "fuzz")), path => Use(GgufFile.Open(path)));

    [Fact]
    public void Damaged_safetensors_files_do_no_harm() =>
        Run(Safetensors, 0.25, bytes => Use(SafetensorsFile.Open(bytes, "fuzz")), path => Use(SafetensorsFile.Open(path)));

    [Fact]
    public void Damaged_indexes_do_no_harm() =>
        Run(Indexes, 0.05, bytes => UseIndex(SafetensorsIndex.Parse(bytes, "fuzz")), path => UseIndex(SafetensorsIndex.Read(path)));

    [Fact]
    public void Damaged_llama2c_files_do_no_harm() =>
        Run(Llamas, 0.15, bytes => Use(Llama2cFile.Open(bytes, "fuzz")), path => Use(Llama2cFile.Open(path)));

    [Fact]
    public void Damaged_vocabularies_do_no_harm() =>
        Run(Vocabularies, 0.05, bytes => UseVocabulary(Llama2cVocabulary.Read(bytes, "fuzz")), path => UseVocabulary(Llama2cVocabulary.Read(path)));

    public void Dispose() => folder.Dispose();

    static int Cases(double share) => (int)Math.Ceiling(share * (Environment.GetEnvironmentVariable("SHOESTRING_FUZZ_CASES") is { Length: > 0 } cases
        ? int.Parse(cases, CultureInfo.InvariantCulture)
        : DefaultCases));

    void Run(byte[][] seeds, double share, Action<byte[]> open, Action<string> openPath)
    {
        var opened = 0;
        var cases = Cases(share);
        for (var i = 0; i < cases; i++)
        {
            var file = Mutations.Damage(seeds[i % seeds.Length], new Random(i), All);
            opened += Try(i, file, i % DiskEvery == 0 ? _ => openPath(folder.Add("fuzz", file)) : open);
        }

        // Both outcomes must occur, or the damage is too small or too great to test anything.
        opened.ShouldBeInRange(cases / 100, cases * 9 / 10);
    }

    static int Try(int number, byte[] file, Action<byte[]> open)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var opened = 1;
        try
        {
            open(file);
        }
        catch (ModelFileException fault)
        {
            opened = 0;
            if (fault.Message.AsSpan().ContainsAny('\n', '\r'))
            {
                Assert.Fail($"case {number}: the message has several lines: {fault.Message}");
            }
        }
        catch (Exception fault)
        {
            Assert.Fail($"case {number}: {fault}");
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > file.Length + Allowance)
        {
            Assert.Fail($"case {number}: {allocated} bytes were allocated for a file of {file.Length}");
        }

        return opened;
    }

    static void Use(MappedModelFile model)
    {
        using var file = model;
        foreach (var tensor in file.Tensors)
        {
            var read = new byte[tensor.Bytes];
            file.Read(tensor, 0, read);
            Assert.True(file.Map(tensor).SequenceEqual(read));
        }

        if (file is GgufFile gguf)
        {
            foreach (var (_, value) in gguf.Metadata)
            {
                UseValue(value);
            }
        }
    }

    static void UseValue(GgufValue value)
    {
        _ = value.ToString();
        if (value.Type != GgufType.Array)
        {
            return;
        }

        switch (value.ElementType)
        {
            case GgufType.String:
                _ = value.AsStrings().ToArray();
                break;
            case GgufType.Array:
                Array.ForEach(value.AsArrays(), UseValue);
                break;
            case GgufType.Float32 or GgufType.Float64:
                _ = value.AsSingleArray();
                break;
            case GgufType.Boolean:
                _ = value.AsBooleanArray();
                break;
            default:
                _ = value.AsInt64Array();
                break;
        }
    }

    static void UseIndex(Dictionary<string, string> map)
    {
        foreach (var shard in SafetensorsIndex.Shards(map, "fuzz"))
        {
            Assert.Equal(shard, Path.GetFileName(shard));
        }
    }

    static void UseVocabulary(Llama2cVocabulary vocabulary)
    {
        for (var i = 0; i < vocabulary.Pieces.Count; i++)
        {
            _ = vocabulary.Text(i);
        }
    }
}
