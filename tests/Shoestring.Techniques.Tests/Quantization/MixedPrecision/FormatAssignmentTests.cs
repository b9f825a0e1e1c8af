namespace Shoestring.Techniques.Tests;

public class FormatAssignmentTests
{
    [Fact]
    public void The_budget_is_kept_whatever_the_table()
    {
        var random = new Random(1);
        for (int i = 0; i < 60; i++)
        {
            // Odd sizes of up to a gigabyte need coarser steps.
            FormatChoice[][] tensors = Table(random, 1 + random.Next(30), 1 + random.Next(7), 1 << (4 + random.Next(26)));
            long least = tensors.Sum(choices => choices.Min(choice => choice.Bytes)), most = tensors.Sum(choices => choices.Max(choice => choice.Bytes));
            long budget = least + random.NextInt64(most - least + 10);
            Bytes(tensors, FormatAssignment.Choose(tensors, budget)!).ShouldBeLessThanOrEqualTo(budget);
            Bytes(tensors, FormatAssignment.Even(tensors, budget)!).ShouldBeLessThanOrEqualTo(budget);
            FormatAssignment.Choose(tensors, least - 1).ShouldBeNull();
            FormatAssignment.Even(tensors, least - 1).ShouldBeNull();
        }
    }

    [Fact]
    public void No_other_choice_within_the_budget_costs_less()
    {
        var random = new Random(2);
        for (int i = 0; i < 200; i++)
        {
            FormatChoice[][] tensors = Table(random, 1 + random.Next(6), 1 + random.Next(4), 200);
            long least = tensors.Sum(choices => choices.Min(choice => choice.Bytes));
            long budget = least + random.Next(400);
            Cost(tensors, FormatAssignment.Choose(tensors, budget)!).ShouldBe(Best(tensors, 0, budget), 1e-12);
        }
    }

    [Fact]
    public void It_is_never_worse_than_one_format_for_all()
    {
        var random = new Random(3);
        for (int i = 0; i < 10; i++)
        {
            int[] elements = [.. Enumerable.Range(0, 60).Select(_ => 256 * (1 + random.Next(32)))];
            FormatChoice[][] tensors = [.. elements.Select(count => new[] { 84, 110, 144, 176, 210, 272 }.Select(bytes => new FormatChoice(count / 256 * bytes, random.NextDouble() * Math.Pow(4, -bytes / 32.0))).ToArray())];
            for (int format = 0; format < 6; format++)
            {
                int[] uniform = [.. tensors.Select(_ => format)];
                int[] chosen = FormatAssignment.Choose(tensors, Bytes(tensors, uniform))!;
                Cost(tensors, chosen).ShouldBeLessThanOrEqualTo(Cost(tensors, uniform) + 1e-12);
            }
        }
    }

    static FormatChoice[][] Table(Random random, int tensors, int ways, int most) =>
        [.. Enumerable.Range(0, tensors).Select(_ => Enumerable.Range(0, ways).Select(_ => new FormatChoice(1 + random.Next(most), random.NextDouble())).ToArray())];

    static long Bytes(FormatChoice[][] tensors, int[] chosen) => tensors.Zip(chosen, (choices, way) => choices[way].Bytes).Sum();

    static double Cost(FormatChoice[][] tensors, int[] chosen) => tensors.Zip(chosen, (choices, way) => choices[way].Cost).Sum();

    static double Best(FormatChoice[][] tensors, int first, long budget) => budget < 0 ? double.PositiveInfinity : first == tensors.Length ? 0
        : tensors[first].Min(choice => choice.Cost + Best(tensors, first + 1, budget - choice.Bytes));
}
