namespace Shoestring.Models.Tests;

/// <summary>What scores mean.</summary>
public sealed class EvaluationTests
{
    static readonly EvaluationTask Choice = EvaluationTasks.Find("piqa"), LastWord = EvaluationTasks.Find("lambada"), Pair = EvaluationTasks.Find("blimp");

    static ContinuationScore Score(double likelihood, bool greedy = false, int likeliest = 5) => new(likelihood, greedy, 2, likeliest);

    static EvaluationItem Item(int answer, params int[] bytes) =>
        new("", new Alternatives("", [.. bytes.Select(_ => new Continuation("", "x"))]), answer) { ChoiceBytes = bytes };

    [Theory]
    [InlineData(0, -4, -5, true, false)]
    [InlineData(1, -4, -5, false, true)]
    [InlineData(0, -5, -5, false, false)]
    [InlineData(1, -5, -5, false, true)]
    [InlineData(0, double.NaN, double.NaN, false, false)]
    [InlineData(1, -5, double.NaN, false, false)]
    public void A_choice_is_right_when_it_alone_is_the_likeliest(int answer, double first, double second, bool right, bool normalized)
    {
        ItemOutcome outcome = Evaluation.Decide(EvaluationRule.LikeliestChoice, Item(answer, 10, 20), [Score(first), Score(second)]);
        (outcome.IsRight, outcome.IsRightNormalized).ShouldBe((right, normalized));
        Evaluation.Decide(EvaluationRule.LikeliestText, Item(answer, 10, 20), [Score(first), Score(second)]).IsRight.ShouldBe(right);
    }

    [Fact]
    public void A_last_word_is_right_when_it_is_greedy()
    {
        Evaluation.Decide(EvaluationRule.GreedyContinuation, Item(0, 1), [Score(-2, greedy: true)]).ShouldBe(new ItemOutcome("", true, false, -1, -2));
        Evaluation.Decide(EvaluationRule.GreedyContinuation, Item(0, 1), [Score(-2)]).ShouldBe(new ItemOutcome("", false, false, 5, -2));
    }

    [Fact]
    public void Groups_count_alike_whatever_their_size()
    {
        EvaluationResult result = new(Pair, [.. Outcomes("a", 9, 10), .. Outcomes("b", 1, 2)]);
        result.Groups.Select(group => (group.Name, group.Items, group.Accuracy.Value)).ShouldBe([("a", 10, 0.9), ("b", 2, 0.5)]);
        result.Accuracy.ShouldBe(Interval.Mean([Interval.Proportion(9, 10), Interval.Proportion(1, 2)]));
        result.Accuracy.Value.ShouldBe(0.7, 1e-12);
        (result.NormalizedAccuracy, result.LastWordPerplexity).ShouldBe((null, null));
    }

    [Fact]
    public void Tasks_report_what_they_measure()
    {
        EvaluationResult choice = new(Choice, [new("", true, false, 0, -1), new("", false, true, 0, -1)]);
        choice.NormalizedAccuracy.ShouldBe(Interval.Proportion(1, 2));
        choice.LastWordPerplexity.ShouldBeNull();
        EvaluationResult word = new(LastWord, [new("", true, false, -1, -Math.Log(2)), new("", false, false, 3, -Math.Log(8))]);
        word.LastWordPerplexity!.Value.Value.ShouldBe(4, 1e-12);
        word.LastWordPerplexity!.Value.High.ShouldBe(4 * Math.Exp(1.959964 * Math.Log(2)), 1e-4);
        word.NormalizedAccuracy.ShouldBeNull();
    }

    [Fact]
    public void Two_models_are_compared_item_by_item()
    {
        EvaluationResult one = new(Choice, [new("", true, false, 0, -1), new("", true, false, 1, -1), new("", false, false, 2, -1), new("", false, false, 0, -1)]);
        EvaluationResult other = new(Choice, [new("", true, false, 0, -2), new("", false, false, 0, -2), new("", false, false, 1, -2), new("", false, false, 0, -2)]);
        one.AccuracyLess(other).ShouldBe(Interval.PairedDifference(1, 0, 4));
        one.LabelLoyalty(other).ShouldBe(Interval.Proportion(2, 4));
        one.LabelLoyalty(one).Value.ShouldBe(1);
        Should.Throw<ArgumentException>(() => one.AccuracyLess(new EvaluationResult(Choice, [.. other.Outcomes.Take(3)])));
        Should.Throw<ArgumentException>(() => one.LabelLoyalty(new EvaluationResult(Pair, [.. Outcomes("a", 1, 4)])));
    }

    static IEnumerable<ItemOutcome> Outcomes(string group, int right, int items) => Enumerable.Range(0, items).Select(i => new ItemOutcome(group, i < right, false, i < right ? 0 : 1, -1));
}
