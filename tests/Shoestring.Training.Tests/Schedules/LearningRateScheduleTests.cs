using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class LearningRateScheduleTests
{
    [Theory]
    [InlineData(ScheduleKind.Constant, 1)]
    [InlineData(ScheduleKind.Linear, 0.1)]
    [InlineData(ScheduleKind.Cosine, 0.1)]
    [InlineData(ScheduleKind.WarmupStableDecay, 0.1)]
    public void It_rises_to_1_and_ends_at_the_lowest(ScheduleKind kind, double last)
    {
        var schedule = new LearningRateSchedule { Kind = kind, Warmup = 0.1 };
        schedule.Factor(0, 100).ShouldBe(1.0 / 11, 1e-12);
        schedule.Factor(10, 100).ShouldBe(1, 1e-12);
        schedule.Factor(99, 100).ShouldBe(last, 1e-12);
        for (int step = 11; step < 100; step++)
        {
            schedule.Factor(step, 100).ShouldBeLessThanOrEqualTo(schedule.Factor(step - 1, 100) + 1e-12);
        }
    }

    [Fact]
    public void The_middle_of_a_cosine_is_half_way() => new LearningRateSchedule { Warmup = 0 }.Factor(50, 101).ShouldBe(0.55, 1e-12);

    [Fact]
    public void A_stable_rate_stays_until_its_decay()
    {
        var schedule = new LearningRateSchedule { Kind = ScheduleKind.WarmupStableDecay, Warmup = 0, Decay = 0.2, Lowest = 0 };
        schedule.Factor(79, 100).ShouldBe(1);
        schedule.Factor(89, 100).ShouldBe(0.5, 1e-12);
    }

    [Fact]
    public void One_step_is_a_whole_run() => new LearningRateSchedule().Factor(0, 1).ShouldBe(1);

    [Fact]
    public void An_unknown_name_is_told() => Should.Throw<InputException>(() => LearningRateSchedule.Parse("step")).Message.ShouldContain("cosine");
}
