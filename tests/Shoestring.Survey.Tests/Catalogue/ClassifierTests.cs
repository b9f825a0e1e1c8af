using Shoestring.Tensors;

namespace Shoestring.Survey.Tests;

public sealed class ClassifierTests
{
    static readonly LeafClassifier classifier = LeafClassifier.Train(Survey.Catalogue.BuiltIn());

    [Theory]
    [InlineData("KV Cache Eviction by Attention Scores for Long Contexts", "Key-value cache compression")]
    [InlineData("4-bit Post-Training Quantization of Weights without Outliers", "Quantization")]
    [InlineData("Structured Pruning of Layers in Large Language Models", "Pruning")]
    [InlineData("Distilling Reasoning into Small Students", "Knowledge distillation")]
    public void Plain_titles_go_where_they_belong(string title, string leaf)
    {
        Classification found = classifier.Classify(new Paper("x", title));
        found.Candidates[0].Leaf.Name.ShouldBe(leaf);
        found.Candidates.Sum(candidate => candidate.Probability).ShouldBeInRange(0, 1.0000001);
        found.Candidates.Select(candidate => candidate.Probability).ShouldBeInOrder(SortDirection.Descending);
        found.Words.ShouldNotBeEmpty();
        found.Words.ShouldAllBe(word => TitleText.Words(title).Any(mine => word.Word.Contains(mine)));
        found.Resources.ShouldBe(HomeResources.Of([found.Candidates[0].Leaf]));
    }

    [Fact]
    public void The_words_that_decided_are_those_of_the_leaf() =>
        classifier.Classify(new Paper("x", "A Study of Quantization in Schools")).Words[0].Word.ShouldContain("quantization");

    [Fact]
    public void It_asks_where_the_title_tells_nothing()
    {
        classifier.Threshold.ShouldBeInRange(0.05, 0.99);
        classifier.Classify(new Paper("x", "Zebras and umbrellas")).Asks.ShouldBeTrue();
        classifier.Classify(new Paper("x", "KV Cache Quantization for Efficient KV Cache Compression")).Asks.ShouldBeFalse();
    }

    [Fact]
    public void An_abstract_tells_what_a_title_hides() =>
        classifier.Classify(new Paper("x", "Less is more") { Abstract = "We propose a speculative decoding method in which a draft model proposes tokens that are verified in parallel; drafting accelerates decoding." })
            .Candidates[0].Probability.ShouldNotBe(classifier.Classify(new Paper("x", "Less is more")).Candidates[0].Probability);

    [Fact]
    public void The_same_papers_give_the_same_answers()
    {
        LeafClassifier once = LeafClassifier.Train(Survey.Catalogue.BuiltIn(), new ClassifierOptions { Folds = 2 });
        LeafClassifier again = LeafClassifier.Train([.. Survey.Catalogue.BuiltIn().Reverse()], new ClassifierOptions { Folds = 2 });
        again.Threshold.ShouldBe(once.Threshold);
        again.Temperature.ShouldBe(once.Temperature);
        var paper = new Paper("x", "Low-rank adapters for quantized models on devices");
        again.Classify(paper).Candidates.ShouldBe(once.Classify(paper).Candidates);
    }

    [Fact]
    public void It_needs_two_leaves_to_tell_apart() =>
        Should.Throw<InputException>(() => LeafClassifier.Train([.. Survey.Catalogue.BuiltIn().Where(paper => paper.Homes is [{ Name: "Pruning" }])])).Message.ShouldContain("two are needed");

    [Fact]
    public void Over_parts_it_is_above_the_majority_not_behind_keywords_and_its_confidence_is_true()
    {
        ClassifierScore score = CrossValidation.Run(Survey.Catalogue.BuiltIn(), new ClassifierOptions { Folds = 2 }, 2);
        score.MacroF1.Low.ShouldBeGreaterThan(score.MajorityMacroF1.High);
        score.OverKeyword.High.ShouldBeGreaterThan(0, "with half of the papers to learn from");
        score.Accuracy.High.ShouldBeGreaterThan(score.KeywordAccuracy.Value);
        score.CalibrationError.ShouldBeLessThan(0.08);
        score.AnsweredAccuracy.ShouldBeGreaterThan(0.85);
        score.Leaves.Sum(leaf => leaf.Papers).ShouldBe(score.Papers);
        score.Leaves.Average(leaf => leaf.F1).ShouldBe(score.MacroF1.Value, 1e-12);
        score.Reliability.Sum(bin => bin.Count).ShouldBe(score.Papers);
        score.Leaves.ShouldAllBe(leaf => leaf.Papers >= 8);
    }

    [Fact]
    public void A_gradient_is_the_slope_of_its_loss_at_the_minimum()
    {
        SparseVector[] rows = [new([0], [1], ["a"]), new([1], [1], ["b"]), new([0, 1], [0.6, 0.8], ["a", "b"])];
        SoftmaxRegression model = SoftmaxRegression.Fit(rows, [0, 1, 1], 2, 2, 0.1, 0);

        // At the minimum with a penalty on weights alone, what the data pull and what the penalty pulls are equal: with
        // p the probability of class 1, λ·(w of class 1, feature f) = mean over rows of (label − p)·x_f.
        for (int feature = 0; feature < 2; feature++)
        {
            double pull = 0;
            foreach ((SparseVector row, int label) in rows.Zip([0, 1, 1]))
            {
                double p = Probability.Softmax(model.Scores(row), 1)[1];
                int at = Array.IndexOf(row.Numbers, feature);
                pull += at < 0 ? 0 : (label - p) * row.Weights[at] / 3;
            }

            (0.1 * model.Weight(1, feature)).ShouldBe(pull, 1e-4);
        }
    }

    [Fact]
    public void The_temperature_undoes_a_scaling_of_the_scores()
    {
        (double[], int)[] Items(double scale) => [.. Enumerable.Range(0, 1000).Select(i => (new double[] { scale, 0 }, CounterRandom.Below(100, 1, (ulong)i) < 73 ? 0 : 1))];
        double one = Probability.Temperature(Items(1));
        Probability.Temperature(Items(5)).ShouldBe(5 * one, 1e-3);
        Probability.Softmax([1, 0], one)[0].ShouldBe(Items(1).Count(item => item.Item2 == 0) / 1000.0, 1e-4);
    }
}
