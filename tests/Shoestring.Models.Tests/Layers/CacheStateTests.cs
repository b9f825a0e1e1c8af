using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>
/// However keys and values are kept: a row's logits follow from its position, to the bit, and states are forked, saved and
/// rolled back as if nothing had happened, or refuse to.
/// </summary>
public sealed class CacheStateTests : IDisposable
{
    const int Length = 400;
    static readonly int[] Tokens = SmallNumbers.Tokens("cache state", Length);
    readonly SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q8_0);
    readonly LanguageModel model;
    readonly SmallRunner runner, two;

    public CacheStateTests()
    {
        model = file.Load();
        runner = new SmallRunner(model, cache: SmallCache.Dropping);
        two = new SmallRunner(model, threads: 2, cache: SmallCache.Dropping);
    }

    public void Dispose()
    {
        two.Dispose();
        runner.Dispose();
        model.Dispose();
        file.Dispose();
    }

    public static TheoryData<string> Caches => [.. SmallCache.All.Keys];

    [Theory]
    [MemberData(nameof(Caches))]
    public void Any_chunking_and_thread_count_gives_the_same_rows(string cache)
    {
        float[][] expected = Run(runner, cache, 1);
        foreach ((int chunk, SmallRunner one) in new[] { (1, two), (3, runner), (17, two), (64, runner), (100, two), (128, runner) })
        {
            Same(Run(one, cache, chunk), expected, $"chunks of {chunk}");
        }
    }

    // Sequences of different lengths and prompts that go on, in one batch.
    [Theory]
    [MemberData(nameof(Caches))]
    public void Any_batch_gives_the_same_rows(string cache)
    {
        int[] starts = [0, 5, 64, 130, 190, 320];
        SequenceState[] states = [.. starts.Select(_ => runner.State(SmallCache.All[cache], Length))];
        float[][][] alone = new float[starts.Length][][];
        for (int i = 0; i < starts.Length; i++)
        {
            runner.Continue(states[i], Tokens.AsSpan(0, starts[i]), 128);
            using SequenceState fork = states[i].Fork(model.Memory);
            alone[i] = runner.Continue(fork, Tokens.AsSpan(starts[i], 20), 1);
        }
        for (int step = 0; step < 4; step++)
        {
            two.Step.Batch.Clear();
            for (int i = 0; i < starts.Length; i++)
            {
                two.Step.Batch.Add(states[i], Tokens.AsSpan(starts[i] + step * 5, 5), 5);
            }
            float[][] together = two.Forward();
            for (int i = 0; i < starts.Length; i++)
            {
                Same(together[(i * 5)..(i * 5 + 5)], alone[i][(step * 5)..(step * 5 + 5)], $"sequence {i}");
            }
        }
        Array.ForEach(states, s => s.Dispose());
    }

    [Theory]
    [MemberData(nameof(Caches))]
    public void Forked_and_saved_states_go_on_by_themselves(string cache)
    {
        float[][] expected = Run(runner, cache, 128);
        foreach (int length in new[] { 1, 64, 130, 200, 321 })
        {
            using SequenceState state = runner.State(SmallCache.All[cache], Length), other = runner.State(SmallCache.All[cache], Length);
            runner.Continue(state, Tokens.AsSpan(0, length), 128);
            IReadOnlyList<byte[]> saved = state.Save();
            using SequenceState fork = state.Fork(model.Memory);
            runner.Continue(state, [.. Enumerable.Repeat(9, 79)], 79);
            Same(runner.Continue(fork, Tokens.AsSpan(length, 70), 70), expected[length..(length + 70)], "fork");
            runner.Continue(other, [3, 4, 5], 3);
            other.Load(saved, length);
            Same(runner.Continue(other, Tokens.AsSpan(length, 70), 70), expected[length..(length + 70)], "restored");
            Should.Throw<ArgumentException>(() => other.Load([.. saved.Select(part => part[1..])], length));
        }
    }

    [Theory]
    [MemberData(nameof(Caches))]
    public void What_is_rolled_back_leaves_no_trace_or_is_refused(string cache)
    {
        float[][] expected = Run(runner, cache, 128);
        int refused = 0;
        foreach (int length in new[] { 0, 1, 63, 64, 65, 127, 128, 200, 257, 300, 326 })
        {
            using SequenceState state = runner.State(SmallCache.All[cache], Length);
            runner.Continue(state, Tokens.AsSpan(0, length), 128);
            runner.Continue(state, [.. Enumerable.Repeat(9, 64)], 64);
            state.CanRollBack(length).ShouldBe(length == 0 || SmallCache.All[cache].Eviction is not HeavyHitterOptions { HeavyHitters: > 0 });
            if (state.CanRollBack(length))
            {
                Back(state, length, expected);
            }
            runner.Continue(state, [.. Enumerable.Repeat(9, Math.Min(100, Length - state.Length))], 100);
            if (state.CanRollBack(length))
            {
                Back(state, length, expected);
                continue;
            }
            refused++;
            Should.Throw<InvalidOperationException>(() => state.RollBack(length)).Message.ShouldContain("or to 0");
            state.RollBack(0);
            Same(runner.Continue(state, Tokens.AsSpan(0, 70), 70), expected[..70], "from the start");
        }
        (refused > 0).ShouldBe(SmallCache.All[cache] is { Format: >= KvFormat.Kivi8 } or { Eviction: not null });
    }

    void Back(SequenceState state, int length, float[][] expected)
    {
        state.RollBack(length);
        Same(runner.Continue(state, Tokens.AsSpan(length, 70), 70), expected[length..(length + 70)], $"back to {length}");
    }

    static float[][] Run(SmallRunner runner, string cache, int chunk)
    {
        using SequenceState state = runner.State(SmallCache.All[cache], Length);
        return runner.Continue(state, Tokens, chunk);
    }

    static void Same(float[][] actual, float[][] expected, string what)
    {
        actual.Length.ShouldBe(expected.Length, what);
        for (int row = 0; row < actual.Length; row++)
        {
            MemoryMarshal.AsBytes(actual[row].AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(expected[row].AsSpan())).ShouldBeTrue($"{what}, row {row}");
        }
    }
}
