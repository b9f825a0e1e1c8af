using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A converted model is the GGUF that holds the same weights: byte by byte, and in what it computes.</summary>
public class ConvertedModelTests
{
    static readonly int[] Tokens = SmallNumbers.Tokens("conversion", 40);

    public static MatrixTheoryData<string, TensorFormat> Cases =>
        new(["llama", "llama-window", "qwen2", "qwen3", "gpt2"], [TensorFormat.F32, TensorFormat.F16, TensorFormat.BF16]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_folder_s_tensors_are_those_of_the_GGUF_with_the_same_weights(string name, TensorFormat format)
    {
        SmallShape shape = SmallShape.Find(name);
        using SmallModel expected = new(shape, format);
        using SmallFolder folder = new(shape, format);
        using ConvertedFile converted = new(folder.Path);
        using GgufFile file = GgufFile.Open(converted.Path), other = GgufFile.Open(expected.Path);
        converted.Notes.ShouldBeEmpty();
        file.Tensors.Select(t => t.Name).Order().ShouldBe(other.Tensors.Select(t => t.Name).Order());
        foreach (TensorEntry entry in other.Tensors)
        {
            TensorEntry found = file.Find(entry.Name)!;
            (found.Shape, found.Format).ShouldBe((entry.Shape, entry.Format), entry.Name);
            byte[] bytes = found.Shape.Rows > 1 ? ConvertedFile.Whole(other, entry.Name) : Vector(entry.Name, shape, format);
            ConvertedFile.Whole(file, entry.Name).AsSpan().SequenceEqual(bytes).ShouldBeTrue(entry.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_converted_folder_has_the_folder_s_logits(string name, TensorFormat format)
    {
        using SmallFolder folder = new(SmallShape.Find(name), format);
        using ConvertedFile converted = new(folder.Path);
        (float[][] logits, int[] ids) = Run(converted.Path);
        (float[][] expected, int[] expectedIds) = Run(folder.Path);
        ids.ShouldBe(expectedIds);
        if (folder.Shape.Architecture != "llama")
        {
            logits.ShouldBe(expected);
            return;
        }
        // A head's channels stand in another order, and with them the terms of each sum.
        for (int row = 0; row < logits.Length; row++)
        {
            RelativeError(logits[row], expected[row]).ShouldBeLessThan(1e-5);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_llama2_c_file_converts_to_the_same_weights_and_logits(bool tied)
    {
        SmallShape shape = SmallShape.Find("llama") with { Tied = tied };
        using SmallModel expected = new(shape, TensorFormat.F32);
        using SmallLlama2c llama2c = new(shape);
        using ConvertedFile converted = new(llama2c.Path);
        using GgufFile file = GgufFile.Open(converted.Path), other = GgufFile.Open(expected.Path);
        foreach (TensorEntry entry in other.Tensors)
        {
            ConvertedFile.Whole(file, entry.Name).AsSpan().SequenceEqual(ConvertedFile.Whole(other, entry.Name)).ShouldBeTrue(entry.Name);
        }
        (float[][] logits, int[] ids) = Run(converted.Path);
        (float[][] direct, int[] directIds) = Run(llama2c.Path);
        (_, int[] expectedIds) = Run(expected.Path);
        ids.ShouldBe(expectedIds);
        directIds.ShouldBe(expectedIds);
        logits.ShouldBe(direct);
        file.Metadata.GetString("general.name").ShouldBe("small");
    }

    [Fact]
    public void Reading_in_pieces_is_reading_whole()
    {
        foreach (string name in (string[])["llama", "gpt2"])
        {
            using SmallFolder folder = new(SmallShape.Find(name), TensorFormat.F16);
            using ModelFile file = ModelFiles.Open(folder.Path);
            ConvertedWeights weights = ConvertedModel.Of(file).Weights;
            foreach (TensorEntry tensor in weights.Tensors)
            {
                byte[] whole = ConvertedFile.Whole(weights, tensor.Name), pieces = new byte[whole.Length];
                int step = tensor.Shape.Rows > 1 ? 7338 : 20; // no whole number of rows
                for (int at = 0; at < pieces.Length; at += step)
                {
                    weights.Read(tensor, at, pieces.AsSpan(at, Math.Min(step, pieces.Length - at)));
                }
                pieces.AsSpan().SequenceEqual(whole).ShouldBeTrue(tensor.Name);
                Should.Throw<ArgumentOutOfRangeException>(() => weights.Read(tensor, tensor.Bytes - 2, new byte[4]));
            }
        }
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void What_is_read_of_a_matrix_is_what_is_asked_for(string name)
    {
        using SmallFolder folder = new(SmallShape.Find(name), TensorFormat.F16);
        using WatchedFile file = new(ModelFiles.Open(folder.Path));
        ConvertedWeights weights = ConvertedModel.Of(file).Weights;
        foreach (TensorEntry tensor in weights.Tensors.Where(t => t.Shape.Rows > 1))
        {
            file.Largest = 0;
            weights.Read(tensor, 1024, new byte[2048]);
            file.Largest.ShouldBeInRange(1, 2048, tensor.Name);
        }
    }

    [Fact]
    public void Metadata_says_what_the_model_is()
    {
        using SmallFolder folder = new(SmallShape.Find("qwen2"), TensorFormat.BF16);
        using ConvertedFile converted = new(folder.Path);
        using GgufFile file = GgufFile.Open(converted.Path);
        file.Metadata.GetString("general.architecture").ShouldBe("qwen2");
        file.Metadata.GetString("general.type").ShouldBe("model");
        file.Metadata.GetString("general.name").ShouldBe(Path.GetFileName(folder.Path));
        file.Metadata.GetInt("general.file_type").ShouldBe(32);
        file.Metadata.GetInt("qwen2.vocab_size").ShouldBe(SmallShape.Vocabulary);
        file.Metadata.GetString("tokenizer.chat_template").ShouldBe("{{ bos_token }}<|im_start|>");
        file.Find("output.weight").ShouldBeNull();
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama-window")]
    [InlineData("qwen3")]
    [InlineData("gpt2")]
    public void The_configuration_read_back_is_the_one_written(string name)
    {
        using SmallFolder folder = new(SmallShape.Find(name), TensorFormat.F32);
        using ConvertedFile converted = new(folder.Path);
        (ModelConfiguration read, ModelConfiguration written) = (Read(converted.Path), Read(folder.Path));
        read.Blocks.ShouldBe(written.Blocks);
        Rest(read).ShouldBe(Rest(written));
        read.Rotary?.Frequencies.ShouldBe(written.Rotary!.Frequencies);
    }

    static object Rest(ModelConfiguration c) =>
        (c.Architecture, c.Vocabulary, c.ContextLength, c.Width, c.NormEpsilon, c.Norm, c.FeedForward, c.TiedEmbeddings);

    static double RelativeError(float[] values, float[] expected) =>
        Math.Sqrt(values.Zip(expected, (a, b) => Math.Pow(a - (double)b, 2)).Sum() / expected.Sum(b => (double)b * b));

    internal static ModelConfiguration Read(string path)
    {
        using ModelFile file = ModelFiles.Open(path);
        return ConfigurationReader.Read(file);
    }

    // Vectors are drawn in the folder's format and stand in F32.
    static byte[] Vector(string name, SmallShape shape, TensorFormat format)
    {
        SmallTensor tensor = SmallTensors.Of(shape).First(t => t.Name == name);
        float[] values = new float[tensor.Shape.Elements];
        format.Decode(SmallFolder.Bytes(tensor, format), values);
        return [.. values.SelectMany(BitConverter.GetBytes)];
    }

    static (float[][] Logits, int[] Ids) Run(string path)
    {
        using WorkerPool pool = new(1);
        using LanguageModel model = LanguageModel.Load(path, pool);
        using SmallRunner runner = new(model);
        return (runner.Logits(Tokens, Tokens.Length, KvFormat.F32), model.Tokenizer.Encode("Hello WORLD \n é 你好 <s>x</s>  "));
    }
}
