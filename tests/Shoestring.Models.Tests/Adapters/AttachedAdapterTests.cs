using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Adapters on a loaded model do what merging them into its weights does, and leave it as it was.</summary>
public class AttachedAdapterTests
{
    static readonly int[] Tokens = SmallNumbers.Tokens("adapted", 24);

    public static TheoryData<string, string> Cases => new()
    {
        { "llama", "lora" }, { "llama-tied-partial", "lora" }, { "qwen2", "lora" }, { "qwen3", "lora" }, { "gpt2", "lora" },
        { "llama", "rslora" }, { "llama", "dora" }, { "qwen2", "dora" }, { "gpt2", "dora" }, { "llama", "ia3" }, { "qwen2", "ia3" }, { "gpt2", "ia3" },
    };

    internal static Adapter Make(string kind, ModelConfiguration model, string name) => kind switch
    {
        "lora" => SmallAdapter.LowRank(model, name),
        "rslora" => SmallAdapter.LowRank(model, name, rankStabilized: true),
        "dora" => SmallAdapter.Decomposed(model, name),
        "serial" => SmallAdapter.Serial(model, name),
        "prompt" => SmallAdapter.Prompt(model, name),
        "prefix" => SmallAdapter.Prefix(model, name),
        _ => SmallAdapter.Channels(model, name),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attached_is_merged_and_detached_is_as_before_bit_by_bit(string name, string kind)
    {
        using SmallModel file = new(SmallShape.Find(name), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, 2);
        Adapter adapter = Make(kind, model.Configuration, "one");
        float[][] before = runner.Logits(Tokens, 24, KvFormat.F32);
        AttachedAdapter attached = model.Adapters.Attach(adapter);
        float[][] adapted = runner.Logits(Tokens, 24, KvFormat.F32);
        Distance(adapted, before).ShouldBeGreaterThan(0.01);
        Distance(adapted, Merged(file, (adapter, 1))).ShouldBeLessThan(2e-5);
        model.Adapters.Detach(attached);
        runner.Logits(Tokens, 24, KvFormat.F32).ShouldBe(before);
    }

    [Theory]
    [InlineData("lora", "lora")]
    [InlineData("dora", "lora")]
    [InlineData("dora", "dora")]
    [InlineData("ia3", "lora")]
    [InlineData("ia3", "ia3")]
    public void Two_at_once_add_up_and_their_strengths_count(string first, string second)
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        (Adapter, float)[] both = [(Make(first, model.Configuration, "one"), 0.5f), (Make(second, model.Configuration, "two"), 1.25f)];
        AttachedAdapter[] attached = [.. both.Select(one => model.Adapters.Attach(one.Item1, one.Item2))];
        Distance(runner.Logits(Tokens, 24, KvFormat.F32), Merged(file, both)).ShouldBeLessThan(2e-5);
        model.Adapters.Detach(attached[0]);
        Distance(runner.Logits(Tokens, 24, KvFormat.F32), Merged(file, both[1])).ShouldBeLessThan(2e-5);
    }

    // W + s·B·A and W + t·D·C make W + s·B·A + t·D·C, of which every row is known.
    [Fact]
    public void Two_low_rank_adapters_are_the_one_of_both_ranks()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        LowRankPart[] one = [.. SmallAdapter.LowRank(model.Configuration, "one").Parts.Cast<LowRankPart>()], two = [.. SmallAdapter.LowRank(model.Configuration, "two").Parts.Cast<LowRankPart>()];
        Adapter sum = new([.. one.Zip(two, (a, b) => new LowRankPart(a.Layer, 2 * a.Rank, [.. a.A, .. b.A], Beside(a, b)) { Alpha = 2 * a.Alpha })]);
        AttachedAdapter[] both = [model.Adapters.Attach(new Adapter(one)), model.Adapters.Attach(new Adapter(two))];
        float[][] stacked = runner.Logits(Tokens, 24, KvFormat.F32);
        Array.ForEach(both, model.Adapters.Detach);
        model.Adapters.Attach(sum);
        Distance(stacked, runner.Logits(Tokens, 24, KvFormat.F32)).ShouldBeLessThan(1e-5);
    }

    static float[] Beside(LowRankPart a, LowRankPart b) => [.. Enumerable.Range(0, a.Outputs!.Value).SelectMany(output => a.B.Skip(output * a.Rank).Take(a.Rank).Concat(b.B.Skip(output * b.Rank).Take(b.Rank)))];

    [Theory]
    [InlineData("lora")]
    [InlineData("dora")]
    [InlineData("ia3")]
    [InlineData("serial")]
    public void Nothing_of_an_adapter_is_the_model(string kind)
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        float[][] before = runner.Logits(Tokens, 24, KvFormat.F32);
        model.Adapters.Attach(Make(kind, model.Configuration, "one"), 0);
        runner.Logits(Tokens, 24, KvFormat.F32).ShouldBe(before);
    }

    [Theory]
    [InlineData("lora", TensorFormat.Q4_0)]
    [InlineData("dora", TensorFormat.Q8_0)]
    [InlineData("ia3", TensorFormat.Q4_K)]
    [InlineData("serial", TensorFormat.Q4_0)]
    [InlineData("prompt", TensorFormat.Q4_0)]
    [InlineData("prefix", TensorFormat.F16)]
    public void Rows_do_not_depend_on_their_batch_nor_on_threads(string kind, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find("llama"), format);
        using LanguageModel model = file.Load();
        model.Adapters.Attach(Make(kind, model.Configuration, "one"));
        using SmallRunner one = new(model), two = new(model, 2);
        float[][] whole = two.Logits(Tokens, 24, KvFormat.F32);
        one.Logits(Tokens, 1, KvFormat.F32).ShouldBe(whole);
        two.Logits(Tokens, 7, KvFormat.F32).ShouldBe(whole);
    }

    // Its queries and keys have their rows in another order than GGUF's.
    [Theory]
    [InlineData("llama", "lora")]
    [InlineData("llama", "dora")]
    [InlineData("llama", "ia3")]
    [InlineData("gpt2", "lora")]
    public void A_hugging_face_folder_takes_the_same_adapter(string name, string kind)
    {
        using SmallModel file = new(SmallShape.Find(name), TensorFormat.F32);
        using SmallFolder folder = new(SmallShape.Find(name), TensorFormat.F32);
        using WorkerPool pool = new(1);
        using LanguageModel model = LanguageModel.Load(folder.Path, pool);
        using SmallRunner runner = new(model);
        Adapter adapter = Make(kind, model.Configuration, "one");
        model.Adapters.Attach(adapter);
        Distance(runner.Logits(Tokens, 24, KvFormat.F32), Merged(file, (adapter, 1))).ShouldBeLessThan(2e-5);
    }

    [Fact]
    public void Flops_are_counted_as_predicted()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        runner.Logits(Tokens, 24, KvFormat.F32);
        long before = runner.Operations.Counters.Flops;
        model.Adapters.Attach(SmallAdapter.LowRank(model.Configuration, "one"));
        runner.Operations.Counters.Reset();
        runner.Logits(Tokens, 24, KvFormat.F32);
        runner.Operations.Counters.Flops.ShouldBe(before + (Tokens.Length * model.Adapters.FlopsPerRow));
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_leaves_nothing_behind()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32), other = new(SmallShape.Find("qwen3"), TensorFormat.F32);
        using LanguageModel model = file.Load(), larger = other.Load();
        Should.Throw<InputException>(() => model.Adapters.Attach(SmallAdapter.LowRank(larger.Configuration, "one"))).Message.ShouldContain("outputs");
        Should.Throw<InputException>(() => model.Adapters.Attach(SmallAdapter.LowRank(model.Configuration, "one"), float.NaN));
        LowRankPart part = (LowRankPart)SmallAdapter.LowRank(model.Configuration, "one").Parts[0];
        Should.Throw<InputException>(() => model.Adapters.Attach(new Adapter([part, part]))).Message.ShouldContain("twice");
        Should.Throw<InputException>(() => model.Adapters.Attach(new Adapter([part with { A = [.. part.A.Select((v, i) => i == 3 ? float.NaN : v)] }]))).Message.ShouldContain("finite");
        Should.Throw<InputException>(() => model.Adapters.Attach(new Adapter([new ChannelPart("blk.0.attn_q", new float[256], true)]))).Message.ShouldContain("ffn_down");
        model.Adapters.Attached.ShouldBeEmpty();
        model.Transformer.Linears.ShouldAllBe(layer => layer.Layer.Delta == null);
    }

    /// <summary>Logits of the model with adapters merged into its weights.</summary>
    static float[][] Merged(SmallModel file, params (Adapter, float)[] adapters)
    {
        using GgufFile gguf = GgufFile.Open(file.Path);
        using WorkerPool pool = new(1);
        ModelConfiguration configuration = GgufConfiguration.Read(gguf);
        using AdaptedFile adapted = new(gguf, configuration, adapters);
        string path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file.Path)!, "merged.gguf");
        GgufWriter.Write(path, gguf.Metadata, [.. gguf.Tensors.Select(t => new TensorDeclaration(t.Name, t.Shape, t.Format))], (tensor, stream) =>
        {
            byte[] bytes = new byte[tensor.Bytes];
            adapted.Read(adapted.Find(tensor.Name)!, 0, bytes);
            stream.Write(bytes);
        });
        using LanguageModel model = LanguageModel.Load(path, pool);
        using SmallRunner runner = new(model);
        return runner.Logits(Tokens, 24, KvFormat.F32);
    }

    /// <summary>The largest difference, of the largest logit.</summary>
    static double Distance(float[][] actual, float[][] expected) =>
        actual.Zip(expected, (a, e) => a.Zip(e, (x, y) => Math.Abs((double)x - y)).Max()).Max() / expected.Max(row => row.Max(Math.Abs));
}
