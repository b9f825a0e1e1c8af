using Shoestring.Models;
using Shoestring.Models.Tests;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>A trained model is a GGUF file like any other; a new one begins as it should.</summary>
public sealed class SaveTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-save-").FullName;
    readonly WorkerPool pool = new(2);

    public static TheoryData<string> Names => TinyTraining.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_learned_is_what_is_read(string name)
    {
        using SmallModel file = new(TinyTraining.Shape(name), TensorFormat.F16);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        TinyTraining.Learn(model, TinyTraining.Batch());
        foreach (Parameter parameter in model.Parameters)
        {
            for (int i = 0; i < parameter.Values.Length; i++)
            {
                parameter.Values[i] -= 0.01f * parameter.Gradient[i];
            }
        }
        double learned = model.Evaluate(TinyTraining.Batch());
        model.Save(Saved, TensorFormat.F32);
        using TrainableModel again = TrainableModel.Load(Saved, pool);
        again.Evaluate(TinyTraining.Batch()).ShouldBe(learned);
        model.Save(Saved);
        using GgufFile before = GgufFile.Open(file.Path), after = GgufFile.Open(Saved);
        after.Tensors.Select(t => (t.Name, t.Shape, t.Format)).ShouldBe(before.Tensors.Select(t => (t.Name, t.Shape, t.Format)));
        after.Metadata.Keys.ShouldBe(before.Metadata.Keys);
        using LanguageModel runs = LanguageModel.Load(Saved, pool);
        runs.Tokenizer.Encode("a b").ShouldBe(model.Tokenizer.Encode("a b"));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    public void What_was_not_touched_is_written_bit_by_bit(string name)
    {
        using SmallModel file = new(SmallShape.Find(name), TensorFormat.Q4_K);
        using TrainableModel model = TrainableModel.Load(file.Path, pool, new TrainableOptions { Learns = weight => weight == "output_norm.weight" });
        model.Save(Saved);
        File.ReadAllBytes(Saved).ShouldBe(File.ReadAllBytes(file.Path));
    }

    [Theory]
    [InlineData(TensorFormat.F16)]
    [InlineData(TensorFormat.BF16)]
    [InlineData(TensorFormat.Q8_0)]
    public void Any_format_that_can_be_written_can_be_asked_for(TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find("qwen2"), TensorFormat.F32);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        model.Save(Saved, format);
        using GgufFile saved = GgufFile.Open(Saved);
        saved.Tensors.ShouldAllBe(t => t.Format == (t.Shape.Rows > 1 ? format : TensorFormat.F32));
        double loss = model.Evaluate(TinyTraining.Batch());
        using TrainableModel again = TrainableModel.Load(Saved, pool, new TrainableOptions { Learns = weight => weight == "output_norm.weight" });
        again.Evaluate(TinyTraining.Batch()).ShouldBe(loss, 0.02 * loss);
    }

    [Fact]
    public void A_format_that_cannot_be_written_is_refused()
    {
        using SmallModel file = new(TinyTraining.Shape("llama"), TensorFormat.F32);
        using TrainableModel model = TrainableModel.Load(file.Path, pool);
        Should.Throw<InputException>(() => model.Save(Saved, TensorFormat.IQ2_XXS)).Message.ShouldContain("IQ2_XXS");
        Should.Throw<InputException>(() => model.Save(Saved, TensorFormat.Q4_K)).Message.ShouldContain("Q4_K");
        File.Exists(Saved).ShouldBeFalse();
    }

    static ModelConfiguration Fresh(bool gpt2 = false) => new()
    {
        Architecture = gpt2 ? "gpt2" : "llama",
        Vocabulary = SmallShape.Vocabulary,
        ContextLength = 64,
        Width = 64,
        Blocks = [.. Enumerable.Repeat(new BlockShape(4, gpt2 ? 4 : 2, 16, 128), 2)],
        NormEpsilon = 1e-5f,
        Norm = gpt2 ? NormKind.Layer : NormKind.RootMeanSquare,
        FeedForward = gpt2 ? FeedForwardKind.Gelu : FeedForwardKind.GatedSilu,
        Rotary = gpt2 ? null : new RotarySettings(10_000, 16).Build(RotaryLayout.Interleaved),
        TiedEmbeddings = gpt2,
    };

    static Vocabulary Pieces()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using GgufFile gguf = GgufFile.Open(file.Path);
        return TokenizerFiles.ReadVocabulary(gguf);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_new_model_knows_nothing_and_can_be_saved(bool gpt2)
    {
        using TrainableModel model = TrainableModel.Create(Fresh(gpt2), Pieces(), seed: 3, pool), other = TrainableModel.Create(Fresh(gpt2), Pieces(), seed: 4, pool);
        TrainingBatch batch = TinyTraining.Batch();
        double loss = model.Evaluate(batch);
        (loss / batch.TotalWeight).ShouldBe(Math.Log(SmallShape.Vocabulary), 0.05);
        other.Evaluate(batch).ShouldNotBe(loss);
        model.Save(Saved);
        using TrainableModel again = TrainableModel.Load(Saved, pool);
        again.Evaluate(batch).ShouldBe(loss);
        again.Configuration.Blocks.ShouldBe(model.Configuration.Blocks);
    }

    [Fact]
    public void Weights_begin_with_the_deviations_of_gpt2()
    {
        using WorkerPool one = new(1);
        using TrainableModel model = TrainableModel.Create(Fresh(), Pieces(), seed: 3, pool), again = TrainableModel.Create(Fresh(), Pieces(), seed: 3, one);
        foreach (Parameter parameter in model.Parameters.Where(p => p.IsMatrix))
        {
            bool residual = parameter.Name.Contains("attn_output", StringComparison.Ordinal) || parameter.Name.Contains("ffn_down", StringComparison.Ordinal);
            double deviation = Math.Sqrt(parameter.Values.ToArray().Sum(v => (double)v * v) / parameter.Elements);
            deviation.ShouldBe(residual ? 0.01 : 0.02, residual ? 0.0005 : 0.001, parameter.Name);
        }
        model.Parameters.Where(p => !p.IsMatrix).SelectMany(p => p.Values.ToArray()).ShouldAllBe(value => value == 1);
        again.Parameters.ToDictionary(p => p.Name, p => p.Values.ToArray()).ShouldBeBitwise(model.Parameters.ToDictionary(p => p.Name, p => p.Values.ToArray()));
    }

    string Saved => Path.Combine(folder, "saved.gguf");

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
