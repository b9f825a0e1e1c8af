using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>What stands before texts that no token stands for: prompts and prefixes in sequences.</summary>
public class VirtualRowTests
{
    static readonly int[] Before = SmallNumbers.Tokens("before", 5), Text = SmallNumbers.Tokens("text", 21);

    // A prompt of real tokens' inputs is those tokens, bit by bit.
    [Theory]
    [InlineData("llama", TensorFormat.F32)]
    [InlineData("llama", TensorFormat.Q4_0)]
    [InlineData("llama-window", TensorFormat.F16)]
    [InlineData("gpt2", TensorFormat.F32)]
    public void A_prompt_of_real_inputs_is_those_tokens(string name, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(name), format);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, 2);
        float[][] expected = runner.Logits([.. Before, .. Text], 7, KvFormat.F32)[Before.Length..];
        model.Adapters.Attach(new Adapter([new PromptPart(Before.Length, Inputs(file, Before))]));
        runner.Logits(Text, 7, KvFormat.F32).ShouldBe(expected);
        runner.Logits(Text, 1, KvFormat.F32).ShouldBe(expected);
        runner.Logits(Text, 21, KvFormat.F32).ShouldBe(expected);
    }

    static float[] Inputs(SmallModel file, int[] tokens)
    {
        using GgufFile gguf = GgufFile.Open(file.Path);
        TensorEntry table = gguf.Find("token_embd.weight")!;
        float[] row = new float[table.Shape.Columns];
        byte[] bytes = new byte[table.Format.RowBytes(row.Length)];
        return [.. tokens.SelectMany(token =>
        {
            gguf.Read(table, (long)token * bytes.Length, bytes);
            table.Format.Decode(bytes, row);
            return row.ToArray();
        })];
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen3")]
    [InlineData("gpt2")]
    public void A_prefix_is_what_every_row_sees(string name)
    {
        using SmallModel file = new(SmallShape.Find(name), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        Adapter adapter = SmallAdapter.Prefix(model.Configuration, "prefix");
        ReferenceModel reference = new(file, exact: true)
        {
            Learned = (block, position) => position >= SmallAdapter.Rows ? null : (Row(((PrefixPart)adapter.Parts[block]).Keys, position), Row(((PrefixPart)adapter.Parts[block]).BlockValues, position)),
        };
        double[][] expected = reference.Logits([.. new int[SmallAdapter.Rows], .. Text])[SmallAdapter.Rows..];
        model.Adapters.Attach(adapter);
        float[][] actual = runner.Logits(Text, 6, KvFormat.F32);
        actual.Zip(expected, (a, e) => a.Zip(e, (x, y) => Math.Abs(x - y)).Max()).Max().ShouldBeLessThan(1e-5 * expected.Max(row => row.Max(Math.Abs)));
    }

    static double[] Row(float[] values, int row)
    {
        int channels = values.Length / SmallAdapter.Rows;
        return [.. values[(row * channels)..((row + 1) * channels)].Select(value => (double)value)];
    }

    [Fact]
    public void States_go_back_fork_and_load_with_what_stands_before()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        model.Adapters.Attach(SmallAdapter.Prefix(model.Configuration, "one"));
        model.Adapters.Attach(SmallAdapter.Prompt(model.Configuration, "two"));
        model.Adapters.VirtualRows.ShouldBe(2 * SmallAdapter.Rows);
        float[][] expected = runner.Logits(Text, 21, KvFormat.F32);
        using SequenceState state = runner.State(), other = runner.State();
        runner.Continue(state, Text, 21).ShouldBe(expected);
        state.Length.ShouldBe(Text.Length);
        state.RollBack(9);
        using SequenceState fork = state.Fork(model.Memory);
        runner.Continue(state, Text.AsSpan(9), 5).ShouldBe(expected[9..]);
        runner.Continue(fork, Text.AsSpan(9), 12).ShouldBe(expected[9..]);
        state.RollBack(0);
        runner.Continue(state, Text, 8).ShouldBe(expected);
        other.Load(state.Save(), Text.Length);
        other.RollBack(20);
        runner.Continue(other, Text.AsSpan(20), 1).ShouldBe(expected[20..]);
    }

    [Fact]
    public void A_sequence_of_other_adapters_is_not_begun()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        float[][] before = runner.Logits(Text, 21, KvFormat.F32);
        AttachedAdapter attached = model.Adapters.Attach(SmallAdapter.Prompt(model.Configuration, "two"));
        using SequenceState state = runner.State();
        model.Adapters.Detach(attached);
        Should.Throw<InvalidOperationException>(() => runner.Continue(state, Text, 21)).Message.ShouldContain("virtual rows");
        runner.Logits(Text, 21, KvFormat.F32).ShouldBe(before);
        Should.Throw<InputException>(() => model.Adapters.Attach(SmallAdapter.Prompt(model.Configuration, "two"), 0.5f)).Message.ShouldContain("strength");
    }
}
