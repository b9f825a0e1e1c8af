namespace Shoestring.Training.Tests;

public class BlockChoiceTests
{
    static readonly string[] names =
        ["token_embd.weight", "blk.0.attn_q.weight", "blk.0.ffn_up.weight", "blk.1.attn_q.weight", "blk.2.attn_q.weight", "output_norm.weight", "output.weight"];

    static int[] Trained(BlockChoice choice, long step) => [.. Enumerable.Range(0, names.Length).Where(i => choice.Trains(i, step))];

    [Fact]
    public void BAdam_gives_every_block_its_turn_in_each_round()
    {
        var choice = new BlockChoice(new BlockwiseOptions(BlockwiseMethod.BAdam) { Interval = 3 }, names, 1);
        for (int round = 0; round < 4; round++)
        {
            int[][] turns = [.. Enumerable.Range(0, 5).Select(turn => Trained(choice, ((round * 5) + turn) * 3))];
            turns.SelectMany(turn => turn).Order().ShouldBe([0, 1, 2, 3, 4, 5, 6]);
            Trained(choice, (round * 15) + 1).ShouldBe(turns[0]);
        }

        choice.ChangesAt(3).ShouldBeTrue();
        choice.ChangesAt(4).ShouldBeFalse();
    }

    [Fact]
    public void Hift_goes_up_and_its_rate_waits_for_the_round()
    {
        var choice = new BlockChoice(new BlockwiseOptions(BlockwiseMethod.Hift), names, 1);
        Trained(choice, 0).ShouldBe([0]);
        Trained(choice, 1).ShouldBe([1, 2]);
        Trained(choice, 4).ShouldBe([5, 6]);
        Trained(choice, 5).ShouldBe([0]);
        choice.ScheduleStep(4).ShouldBe(0);
        choice.ScheduleStep(5).ShouldBe(5);
    }

    [Fact]
    public void Lisa_trains_ends_always_and_as_many_blocks_as_asked()
    {
        var choice = new BlockChoice(new BlockwiseOptions(BlockwiseMethod.Lisa) { Interval = 2, Blocks = 1 }, names, 1);
        var seen = new HashSet<int>();
        for (int step = 0; step < 60; step += 2)
        {
            int[] trained = Trained(choice, step);
            trained.ShouldContain(0);
            trained.ShouldContain(6);
            trained.Count(i => names[i].EndsWith("attn_q.weight", StringComparison.Ordinal)).ShouldBe(1);
            seen.UnionWith(trained);
        }

        seen.Count.ShouldBe(names.Length);
    }
}
