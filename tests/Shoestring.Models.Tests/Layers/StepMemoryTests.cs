using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>What an operation reads and what it writes never share bytes, whatever a model's proportions.</summary>
public class StepMemoryTests
{
    // Of each operation of a step: its inputs and outputs, and the residual stream and the angles as long as they live.
    static readonly Activation[][] Together =
    [
        [Activation.MixerInput, Activation.Query, Activation.Key, Activation.Value, Activation.Residual, Activation.Angles],
        [Activation.Query, Activation.Heads, Activation.Residual, Activation.Angles],
        [Activation.Heads, Activation.MixerOutput, Activation.Residual, Activation.Angles],
        [Activation.FeedForwardInput, Activation.Gate, Activation.Up, Activation.Residual, Activation.Angles],
        [Activation.Gate, Activation.FeedForwardOutput, Activation.Residual, Activation.Angles],
        [Activation.Residual, Activation.HeadInput],
        [Activation.HeadInput, Activation.Logits],
    ];

    [Theory]
    [InlineData(256, 512, 320, 8)]
    [InlineData(64, 2048, 50, 8)]
    [InlineData(512, 64, 32000, 2)]
    [InlineData(128, 128, 128, 64)]
    public void What_is_used_together_lies_apart(int width, int feedForward, int vocabulary, int headChannels)
    {
        ModelConfiguration model = new()
        {
            Architecture = "llama",
            Vocabulary = vocabulary,
            ContextLength = 64,
            Width = width,
            Blocks = [new BlockShape(8, 2, headChannels, feedForward)],
            NormEpsilon = 1e-5f,
            Rotary = new Rotary(RotaryLayout.Halves, RotaryFrequencies.Plain(10_000, headChannels), 1),
            TiedEmbeddings = true,
        };
        int[] columns = [width, width, 8 * headChannels, 2 * headChannels, 2 * headChannels, 8 * headChannels, width, width, feedForward, feedForward, width, width, vocabulary, headChannels];
        using StepMemory memory = new(model, 16, 16, new MemoryAccount());
        foreach (Activation[] alive in Together)
        {
            (long First, long End)[] ranges = [.. alive.Select(a => memory[a, 16, columns[(int)a]]).Select(t => (t.Offset, t.Offset + 16L * t.Columns * sizeof(float))).Order()];
            ranges.Zip(ranges.Skip(1)).ShouldAllBe(pair => pair.First.End <= pair.Second.First);
            ranges[^1].End.ShouldBeLessThanOrEqualTo(memory.Bytes);
        }
        memory.Bytes.ShouldBeLessThan(columns.Sum(c => 16L * c * sizeof(float)) + 64 * columns.Length);
    }
}
