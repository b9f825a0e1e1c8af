using System.Text.RegularExpressions;
using Shoestring.Metering;
using Shoestring.Models;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques.Tests;

/// <summary>What every technique owes its users: the list tests itself.</summary>
public sealed class ConformanceTests : IDisposable
{
    readonly WorkerPool pool = new(2);

    /// <summary>For each technique a setting that changes nothing, where it has one, and how far logits may be from the original's.</summary>
    static readonly Dictionary<string, (string Call, double Tolerance)> neutral = new()
    {
        ["magnitude"] = ("magnitude:sparsity=0", 0),
        ["wanda"] = ("wanda:sparsity=0", 0),
        ["sparsegpt"] = ("sparsegpt:sparsity=0", 0),
        ["llm-pruner"] = ("llm-pruner:ffn-ratio=0", 0),
        ["slicegpt"] = ("slicegpt:sparsity=0", 1e-3),
        ["griffin"] = ("griffin:sparsity=0", 0),
        ["quantize"] = ("quantize:format=F32", 0),
        ["smoothquant"] = ("smoothquant", 1e-4),
        ["tie-embeddings"] = ("tie-embeddings", 0),
        ["entropy-code"] = ("entropy-code", 0),
        ["kv-quantize"] = ("kv-quantize", 0),
        ["kivi"] = ("kivi", 0),
        ["streaming-llm"] = ("streaming-llm", 0),
        ["h2o"] = ("h2o", 0),
    };

    /// <summary>Methods that always choose a narrower format, leave a block out or make factors.</summary>
    static readonly string[] withoutNeutral = ["shortgpt", "imatrix", "gptq", "awq", "svd", "asvd", "mixed-precision"];

    public static TheoryData<string> Ids => [.. TechniqueList.All.Select(technique => technique.Id)];

    public static TheoryData<string> Rewriting => [.. TechniqueList.All.Where(technique => technique.Train is null).Select(technique => technique.Id)];

    public static TheoryData<string> Trained => [.. TrainingCalls.Ids];

    public static TheoryData<string> Neutral => [.. neutral.Keys];

    public void Dispose() => pool.Dispose();

    [Fact]
    public void Every_technique_has_a_neutral_setting_or_cannot_have_one() =>
        neutral.Keys.Concat(withoutNeutral).Order().ShouldBe(TechniqueList.All.Where(technique => technique.Train is null).Select(technique => technique.Id).Order());

    [Theory]
    [MemberData(nameof(Ids))]
    public void It_names_its_papers_and_claims_something_of_each_resource(string id)
    {
        Technique technique = TechniqueList.Find(id);
        technique.Papers.ShouldNotBeEmpty();
        technique.Claims.Select(claim => claim.Resource).Order().ShouldBe(Enum.GetValues<Resource>().Order());
        technique.Claims.ShouldAllBe(claim => claim.Basis.Length > 0);
        technique.Options.ShouldAllBe(option => option.Values.Count == 0 || option.Values.Contains(option.Default));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void It_has_a_page(string id) =>
        Directory.EnumerateFiles(Path.Combine(Repository(), "src", "Shoestring.Techniques"), "README.md", SearchOption.AllDirectories)
            .ShouldContain(page => Regex.IsMatch(File.ReadAllText(page), $@"(?<![\w-]){id}(?![\w-])"));

    [Theory]
    [MemberData(nameof(Trained))]
    public void Its_recipe_trains_and_takes_what_was_predicted(string id)
    {
        string path = Path.Combine(Repository(), "recipes", $"{id}.json");
        using var training = new TinyTraining();
        training.WriteTeacher(pool);
        IReadOnlyList<TechniqueCall> calls = [.. RunSetup.Recipe(File.ReadAllBytes(path), path).Select(call => call.Beside(training.Folder))];
        calls.ShouldContain(call => call.Technique.Id == id);
        using PreparedRun run = training.Prepare(TrainingCalls.Methods(calls.Select(call => call.ToString()), 3), pool);
        TrainingForecast forecast = run.Forecast();
        run.Trainer.Run(TestContext.Current.CancellationToken).ShouldBe(TrainingEnd.Done);
        MemoryAccount memory = run.Model.Memory;
        memory.Peak(MemoryKind.Optimizer).ShouldBe(forecast.OptimizerBytes);
        memory.Peak(MemoryKind.Gradients).ShouldBe(forecast.GradientBytes);
        ((double)run.Model.Operations.Counters.Flops).ShouldBe(forecast.Flops);
        run.Save(training.Output, RunSetup.Empty.With(calls).ToJson());
        using GgufFile written = GgufFile.Open(training.Output);
        RunSetup.Read(written.Metadata).Techniques.ShouldBe(calls.Select(call => call.ToString()));
    }

    [Theory]
    [MemberData(nameof(Rewriting))]
    public void Its_recipe_is_written_to_the_byte_that_was_planned_and_runs(string id)
    {
        string path = Path.Combine(Repository(), "recipes", $"{id}.json");
        IReadOnlyList<TechniqueCall> calls = RunSetup.Recipe(File.ReadAllBytes(path), path);
        calls.ShouldContain(call => call.Technique.Id == id);
        using var model = new TinyModel();
        GgufRewrite plan = GgufRewrite.Plan(model.File, calls);
        GgufRewrite written = plan.Write(model.Output, pool, model.Text, cancellation: TestContext.Current.CancellationToken);
        // What an entropy coder finds is estimated from a sample.
        long off = Math.Abs(new FileInfo(model.Output).Length - written.FileBytes);
        off.ShouldBeLessThanOrEqualTo(written.IsCoded ? written.FileBytes / 100 : 0);
        using GgufFile file = GgufFile.Open(model.Output);
        RunSetup.Read(file.Metadata).Techniques.ShouldBe(calls.Select(call => call.ToString()));
        model.Logits(model.Output, pool).SelectMany(row => row).ShouldAllBe(logit => float.IsFinite(logit));
    }

    [Theory]
    [MemberData(nameof(Neutral))]
    public void Its_neutral_setting_changes_no_answer(string id)
    {
        (string call, double tolerance) = neutral[id];
        using var model = new TinyModel();
        float[][] before = model.Logits(model.Path, pool);
        model.Apply(pool, call);
        float[][] after = model.Logits(model.Output, pool);
        for (int row = 0; row < before.Length; row++)
        {
            after[row].Zip(before[row], (one, other) => Math.Abs(one - other)).Max().ShouldBeLessThanOrEqualTo((float)(tolerance * before[row].Max(Math.Abs)));
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"techniques\":null}")]
    [InlineData("{\"techniques\":[1]}")]
    [InlineData("not JSON")]
    [InlineData("{\"techniques\":[\"no-such-method\"]}")]
    public void What_is_no_recipe_is_refused(string json) =>
        Should.Throw<InputException>(() => RunSetup.Recipe(System.Text.Encoding.UTF8.GetBytes(json), "recipe.json"));

    static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Shoestring.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("no Shoestring.slnx above the tests");
    }
}
