using System.Text;
using Shoestring.LlamaCpp;
using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Training;

namespace Shoestring.Oracles;

/// <summary>llama.cpp loads the adapters that were trained here, and they do there what they do here.</summary>
public sealed class AdapterOracleTests(ITestOutputHelper output) : IDisposable
{
    const int Context = 256, Chunks = 12;
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-adapter-").FullName;
    readonly WorkerPool pool = new(2);

    [Theory]
    [InlineData("lora:rank=8,layers=attn_q+attn_k+attn_v+attn_output+ffn_gate+ffn_up+ffn_down", 1)]
    [InlineData("lora:rank=4,rank-stabilized=true", 1)]
    [InlineData("lora:rank=8", 0.5f)]
    public void Perplexity_under_an_adapter_is_llama_cpp_s_within_a_percent(string method, float strength)
    {
        string path = TestData.Model("stories15M-f16.gguf"), corpus = TestData.Find("corpora/tinyshakespeare.txt");
        string adapter = Train(path, corpus, method);
        byte[] text = Encoding.UTF8.GetBytes(File.ReadAllText(corpus)[200_000..300_000]);
        using LanguageModel ours = LanguageModel.Load(path, pool);
        double before = Ours(ours, text);
        ours.Adapters.Attach(AdapterFiles.Read(adapter, ours.Configuration), strength);
        double adapted = Ours(ours, text);
        using LlamaModel theirs = LlamaModel.Load(path);
        using LlamaContext context = theirs.Open(new LlamaOptions { Context = Context, Batch = Context, Adapter = adapter, AdapterScale = strength });
        double expected = context.Perplexity(text, Chunks).Value;
        output.WriteLine($"{method} = {strength}: {before:F3} without, {adapted:F4} with, llama.cpp {expected:F4}: {adapted / expected - 1:P3}");
        adapted.ShouldBeLessThan(0.8 * before);
        adapted.ShouldBe(expected, 0.01 * expected);
    }

    string Train(string path, string corpus, string method)
    {
        TrainingRecipe recipe = new()
        {
            Start = path,
            Data = new DataRecipe { File = corpus },
            Methods = [method],
            Steps = 12,
            LearningRate = 5e-3,
            Warmup = 0,
            Context = Context,
            BatchRows = 1024,
            Seed = 1,
        };
        using ModelFile file = ModelFiles.Open(path);
        using PreparedRun run = PreparedRun.Prepare(recipe, TrainingCalls.Methods(recipe.Methods, recipe.Seed), file, "oracle", pool);
        run.Trainer.Run(TestContext.Current.CancellationToken);
        return run.SaveAdapter(folder, peft: false)[0];
    }

    double Ours(LanguageModel model, byte[] text)
    {
        using Operations operations = new(pool, model.Memory);
        return Perplexity.Measure(model, operations, Encoding.UTF8.GetString(text), "tinyshakespeare", new ScoringOptions(Context, Chunks), cancellation: TestContext.Current.CancellationToken).Perplexity;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
