using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Forked, rolled back and restored sequences go on as if nothing had happened, to the bit.</summary>
public sealed class SequenceStateTests : IDisposable
{
    static readonly int[] Tokens = SmallNumbers.Tokens("sequence state", 90);
    readonly SmallModel file = new(SmallShape.Find("llama-window"), TensorFormat.Q8_0);
    readonly LanguageModel model;
    readonly SmallRunner runner;

    public SequenceStateTests()
    {
        model = file.Load();
        runner = new SmallRunner(model);
    }

    public void Dispose()
    {
        runner.Dispose();
        model.Dispose();
        file.Dispose();
    }

    [Theory]
    [InlineData(KvFormat.F32)]
    [InlineData(KvFormat.F16)]
    public void A_fork_goes_on_by_itself(KvFormat format)
    {
        float[][] expected = runner.Logits(Tokens, 90, format);
        using SequenceState state = runner.State(format);
        runner.Continue(state, Tokens[..66], 66);
        using SequenceState fork = state.Fork(model.Memory);
        fork.Length.ShouldBe(66);
        // The original runs elsewhere in between.
        runner.Continue(state, [7, 7, 7, 7], 4);
        Same(runner.Continue(fork, Tokens.AsSpan(66), 24), expected[66..]);
        state.Length.ShouldBe(70);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(80)]
    public void What_is_rolled_back_leaves_no_trace(int length)
    {
        float[][] expected = runner.Logits(Tokens, 90, KvFormat.F32);
        using SequenceState state = runner.State();
        runner.Continue(state, Tokens[..length], 128);
        runner.Continue(state, [.. Enumerable.Repeat(9, 90)], 90);
        state.RollBack(length);
        Same(runner.Continue(state, Tokens.AsSpan(length), 90), expected[length..]);
        Should.Throw<ArgumentOutOfRangeException>(() => state.RollBack(91));
        Should.Throw<ArgumentOutOfRangeException>(() => state.RollBack(-1));
    }

    [Theory]
    [InlineData(KvFormat.F32)]
    [InlineData(KvFormat.F16)]
    public void A_saved_state_is_restored_in_another(KvFormat format)
    {
        float[][] expected = runner.Logits(Tokens, 90, format);
        using SequenceState state = runner.State(format), other = runner.State(format);
        runner.Continue(state, Tokens[..70], 70);
        IReadOnlyList<byte[]> saved = state.Save();
        runner.Continue(other, [3, 4, 5], 3);
        other.Load(saved, 70);
        Same(runner.Continue(other, Tokens.AsSpan(70), 20), expected[70..]);
    }

    [Fact]
    public void Parts_of_another_shape_are_refused()
    {
        using SequenceState state = runner.State(), halves = runner.State(KvFormat.F16), small = runner.State(capacity: 64);
        runner.Continue(state, Tokens[..70], 70);
        IReadOnlyList<byte[]> saved = state.Save();
        Should.Throw<ArgumentException>(() => small.Load(saved, 64));
        Should.Throw<ArgumentException>(() => state.Load([.. saved.Skip(1)], 70));
        Should.Throw<ArgumentException>(() => state.Load(saved, -1));
        Should.Throw<ArgumentException>(() => state.Load([saved[0][1..], saved[1]], 70));
        Should.Throw<ArgumentException>(() => state.Load(saved, 200), "the parts hold 70 positions");
        halves.Length.ShouldBe(0);
    }

    static void Same(float[][] actual, float[][] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (int row = 0; row < actual.Length; row++)
        {
            actual[row].AsSpan().SequenceEqual(expected[row]).ShouldBeTrue($"row {row}");
        }
    }
}
