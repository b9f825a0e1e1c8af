using Shoestring.LlamaCpp;
using Shoestring.Models;

namespace Shoestring.Oracles;

/// <summary>
/// Log-likelihoods of BLiMP's sentences and LAMBADA's last words, and what they decide, are those that llama.cpp gives, text by
/// text and with its own tokens, within what it loses by rounding activations to half precision.
/// </summary>
public class EvaluationOracleTests(ITestOutputHelper output)
{
    const string Blimp = "corpora/blimp", Lambada = "corpora/lambada_test.jsonl";

    /// <summary>
    /// Nats by which a text's mean over its tokens may differ. The worst that was seen is 0.010 with stories15M and 0.012 with
    /// MiniMind, whose words cost 9 nats a token.
    /// </summary>
    const double TokenTolerance = 0.02;

    [Theory]
    [InlineData("blimp", Blimp, 12)]
    [InlineData("lambada", Lambada, 100)]
    public void Stories15M_scores_and_decides_as_in_llama_cpp(string task, string data, int limit) => Check(TestData.Model("stories15M-f16.gguf"), task, data, limit);

    [Theory]
    [InlineData("blimp", Blimp, 4)]
    [InlineData("lambada", Lambada, 16)]
    public void MiniMind_scores_and_decides_as_in_llama_cpp(string task, string data, int limit)
    {
        using ConvertedModelFile converted = new(TestData.Model("minimind2-small"));
        Check(converted.Path, task, data, limit);
    }

    void Check(string path, string name, string data, int limit)
    {
        var task = EvaluationTasks.Find(name);
        var items = EvaluationData.Read(task, TestData.Find(data), limit)[0];
        var ours = Ours(path, items);
        using var peer = LlamaModel.Load(path);
        using var context = peer.Open(new() { Context = 256, Batch = 256, Threads = 1, CacheType = 0, Flash = FlashAttention.Off });
        var (worst, right) = (0.0, 0);
        for (var i = 0; i < items.Count; i++)
        {
            var where = items[i].Choices.Where;
            var theirs = items[i].Choices.Texts.Select(text => Theirs(context, text)).ToArray();
            foreach (var (our, their) in ours[i].Zip(theirs))
            {
                our.Tokens.ShouldBe(their.Score.Tokens, where);
                var distance = Math.Abs(our.LogLikelihood - their.Score.LogLikelihood) / our.Tokens;
                distance.ShouldBeLessThan(TokenTolerance, where);
                worst = Math.Max(worst, distance);
            }
            var (decided, expected) = (Evaluation.Decide(task.Rule, items[i], ours[i]), Evaluation.Decide(task.Rule, items[i], [.. theirs.Select(one => one.Score)]));
            right += decided.IsRight ? 1 : 0;
            if (!IsClose(task, theirs))
                decided.IsRight.ShouldBe(expected.IsRight, where);
        }
        output.WriteLine($"{Path.GetFileName(path)}, {name}: {right} of {items.Count} right, at most {worst:E2} nats a token from llama.cpp");
    }

    // Within the tolerance either may be the likelier.
    static bool IsClose(EvaluationTask task, (ContinuationScore Score, bool IsClose)[] texts) => task.Rule == EvaluationRule.GreedyContinuation
        ? texts[0].IsClose
        : Math.Abs(texts[0].Score.LogLikelihood - texts[1].Score.LogLikelihood) < TokenTolerance * texts.Sum(text => text.Score.Tokens);

    static ContinuationScore[][] Ours(string path, IReadOnlyList<EvaluationItem> items)
    {
        using OurModel model = new(path);
        using ContinuationScorer scorer = new(model.Model, model.Operations, Evaluation.Plan(model.Model, items, 256), KvFormat.F32);
        return scorer.Run(cancellation: TestContext.Current.CancellationToken);
    }

    /// <summary>The definition spelled out over llama.cpp's tokens and logits, and whether two tokens were about as likely.</summary>
    static (ContinuationScore Score, bool IsClose) Theirs(LlamaContext context, Continuation text)
    {
        var model = context.Model;
        int[] tokens = model.Tokenize(text.Context + text.Text), given = text.Context.Length > 0 ? model.Tokenize(text.Context) : model.AddsBeginToken ? [model.BeginToken] : [];
        if (given.Length == 0)
            (tokens, given) = ([model.BeginToken, .. tokens], [model.BeginToken]);
        tokens.AsSpan(0, given.Length).SequenceEqual(given).ShouldBeTrue(text.Text);
        int[] rows = [.. Enumerable.Range(0, tokens.Length - 1)];
        context.Clear();
        context.Decode(tokens.AsSpan(0, rows.Length), rows, new int[rows.Length], [.. rows.Select(row => row >= given.Length - 1)]);
        var (sum, isGreedy, isClose, first) = (0.0, true, false, LlamaScoring.Likeliest(context.Logits(given.Length - 1)));
        for (var i = given.Length; i < tokens.Length; i++)
        {
            var row = context.Logits(i - 1);
            var best = LlamaScoring.Likeliest(row);
            sum -= LlamaScoring.Loss(row, tokens[i]);
            isGreedy &= best == tokens[i];
            var top = row[best];
            isClose |= row.ToArray().Count(logit => top - logit < TokenTolerance) > 1;
        }
        return (new ContinuationScore(sum, isGreedy, tokens.Length - given.Length, first), isClose);
    }
}
