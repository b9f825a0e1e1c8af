using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Perplexity and loyalty against the same numbers computed directly from all logits.</summary>
public sealed class ScoringTests : IDisposable
{
    const string Text = "THE SMALL MODEL READS THESE LETTERS ONE AFTER THE OTHER, and these bytes";
    readonly SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32), other = new(SmallShape.Find("llama"), TensorFormat.Q2_K);
    readonly LanguageModel model, second;
    readonly SmallRunner runner, secondRunner;

    public ScoringTests()
    {
        (model, second) = (file.Load(), other.Load());
        (runner, secondRunner) = (new SmallRunner(model), new SmallRunner(second));
    }

    public void Dispose()
    {
        runner.Dispose();
        secondRunner.Dispose();
        model.Dispose();
        second.Dispose();
        file.Dispose();
        other.Dispose();
    }

    [Theory]
    [InlineData(16, null)]
    [InlineData(17, null)]
    [InlineData(16, 2)]
    [InlineData(64, null)]
    public void Perplexity_scores_the_second_half_of_each_chunk(int context, int? chunks)
    {
        PerplexityResult result = Perplexity.Measure(model, runner.Operations, Text, "text", new ScoringOptions(context, chunks), cancellation: TestContext.Current.CancellationToken);
        List<double> losses = [];
        foreach (int[] part in Parts(context).Take(chunks ?? int.MaxValue))
        {
            float[][] logits = runner.Logits(part, part.Length, KvFormat.F16);
            for (int i = context / 2; i < context - 1; i++)
            {
                losses.Add(-Math.Log(Probabilities(logits[i])[part[i + 1]]));
            }
        }
        result.Losses.Length.ShouldBe(losses.Count);
        result.Chunks.ShouldBe(Math.Min(chunks ?? int.MaxValue, Parts(context).Count));
        result.Perplexity.ShouldBe(Math.Exp(losses.Average()), 1e-5 * result.Perplexity);
        double deviation = Math.Sqrt(losses.Sum(l => Math.Pow(l - losses.Average(), 2)) / losses.Count);
        result.StandardError.ShouldBe(deviation / Math.Sqrt(losses.Count - 1) * result.Perplexity, 1e-4 * result.StandardError);
    }

    [Fact]
    public void Perplexity_of_given_losses_is_that_computed_by_hand()
    {
        PerplexityResult result = new([Math.Log(2), Math.Log(8)], 1);
        result.Perplexity.ShouldBe(4, 1e-12);
        // Losses of ln 4 ± ln 2: deviation ln 2, over √(2 − 1), times 4.
        result.StandardError.ShouldBe(4 * Math.Log(2), 1e-12);
    }

    [Fact]
    public void Log_probabilities_survive_huge_logits()
    {
        LogProbabilities.LogSumExp([1000, 1000]).ShouldBe(1000 + Math.Log(2), 1e-9);
        LogProbabilities.NegativeLogLikelihood([0, float.NegativeInfinity, 0, 0], 2).ShouldBe(Math.Log(3), 1e-6);
    }

    [Fact]
    public void Comparison_measures_agreement_divergence_and_loyalty()
    {
        const int context = 32;
        ComparisonResult result = Comparison.Measure(model, second, runner.Operations, Text, "text", new ScoringOptions(context), cancellation: TestContext.Current.CancellationToken);
        double agreed = 0, divergence = 0, loyalty = 0;
        int count = 0;
        foreach (int[] part in Parts(context))
        {
            (float[][] first, float[][] theirs) = (runner.Logits(part, context, KvFormat.F16), secondRunner.Logits(part, context, KvFormat.F16));
            for (int i = context / 2; i < context - 1; i++, count++)
            {
                (double[] p, double[] q) = (Probabilities(first[i]), Probabilities(theirs[i]));
                double[] middle = [.. p.Zip(q, (a, b) => (a + b) / 2)];
                agreed += Array.IndexOf(p, p.Max()) == Array.IndexOf(q, q.Max()) ? 1 : 0;
                divergence += Divergence(p, q);
                loyalty += 1 - Math.Sqrt((Divergence(p, middle) + Divergence(q, middle)) / 2 / Math.Log(2));
                result.OtherLosses[count].ShouldBe(-Math.Log(q[part[i + 1]]), 1e-4);
            }
        }
        result.Tokens.ShouldBe(count);
        result.TopOneAgreement.ShouldBe(agreed / count, 1e-12);
        result.MeanKullbackLeibler.ShouldBe(divergence / count, 1e-5);
        result.ProbabilityLoyalty.ShouldBe(loyalty / count, 1e-5);
        result.MeanKullbackLeibler.ShouldBeGreaterThan(0.01);
    }

    [Fact]
    public void A_model_is_wholly_loyal_to_itself()
    {
        ComparisonResult result = Comparison.Measure(model, model, runner.Operations, Text, "text", new ScoringOptions(16), cancellation: TestContext.Current.CancellationToken);
        (result.TopOneAgreement, result.MeanKullbackLeibler).ShouldBe((1, 0));
        result.ProbabilityLoyalty.ShouldBe(1, 1e-6);
        result.OriginalLosses.ShouldBe(result.OtherLosses);
    }

    [Fact]
    public void Too_little_text_is_the_user_s_fault()
    {
        Should.Throw<InputException>(() => Perplexity.Prepare(model.Tokenizer, "AB", "text", new ScoringOptions(16))).Message.ShouldContain("fewer than one chunk");
        Should.Throw<InputException>(() => Perplexity.Prepare(model.Tokenizer, Text, "text", new ScoringOptions(3)));
    }

    List<int[]> Parts(int context) => [.. model.Tokenizer.Encode(Text).Chunk(context).Where(c => c.Length == context).Select(c => (int[])[1, .. c[1..]])];

    static double[] Probabilities(float[] logits)
    {
        double total = logits.Sum(l => Math.Exp((double)l));
        return [.. logits.Select(l => Math.Exp((double)l) / total)];
    }

    static double Divergence(double[] p, double[] q) => p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum();
}
