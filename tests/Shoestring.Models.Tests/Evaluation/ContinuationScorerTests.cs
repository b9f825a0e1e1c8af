using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Scores of continuations against sums over <see cref="Scorer"/>'s logits, one text at a time, to the bit.</summary>
public sealed class ContinuationScorerTests
{
    static readonly Alternatives[] Texts =
    [
        new("one", [new("THE SMALL MODEL", " READS"), new("THE SMALL MODEL", " WRITES"), new("THE SMALL MODEL", " R")]),
        new("two", [new("", "A WHOLE SENTENCE."), new("", "A WHOLE SENTENCES.")]),
        new("three", [new("ONE CONTEXT ", "AND ITS END")]),
        new("four", [new("A NAME STANDS HERE AND", " GOES"), new("ANOTHER STANDS HERE AND", " GOES")]),
        new("five", [new(new string('L', 100), " LONG"), new(new string('L', 100), " L")]),
        new("six", [new("SAME", " TEXT"), new("SAME", " TEXT")]),
    ];

    public static TheoryData<string, TensorFormat> Models => new() { { "llama", TensorFormat.F32 }, { "llama-window", TensorFormat.Q4_0 }, { "gpt2", TensorFormat.F16 }, { "qwen3", TensorFormat.Q8_0 } };

    [Theory]
    [MemberData(nameof(Models))]
    public void Scores_are_the_sums_over_each_text_alone(string shape, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model, threads: 2);
        ContinuationScore[][] scores = Run(model, runner.Operations, Texts);
        for (int i = 0; i < Texts.Length; i++)
        {
            ContinuationScore[] expected = [.. Texts[i].Texts.Select(text => Alone(model, runner.Operations, text))];
            scores[i].ShouldBe(expected, Texts[i].Where);
        }
        scores.ShouldAllBe(one => one.All(score => score.LogLikelihood < 0 && score.Tokens > 0));
        scores[5][0].ShouldBe(scores[5][1]);
    }

    // The same numbers from other code: the logits of all rows, and the sum written out.
    static ContinuationScore Alone(LanguageModel model, Operations operations, Continuation text)
    {
        EncodedContinuation encoded = EncodedContinuation.Encode(model.Tokenizer, text, 256, "text");
        using Scorer scorer = new(model, operations, encoded.Tokens.Length);
        double sum = 0;
        bool greedy = true;
        int first = -1;
        scorer.Visit(encoded.Tokens, encoded.Given - 1, encoded.Tokens.Length - encoded.Given, (position, logits) =>
        {
            int token = encoded.Tokens[position + 1], largest = Array.IndexOf(logits.ToArray(), logits.ToArray().Max());
            sum -= LogProbabilities.NegativeLogLikelihood(logits, token);
            greedy &= token == largest;
            first = first < 0 ? largest : first;
        });
        return new ContinuationScore(sum, greedy, encoded.Tokens.Length - encoded.Given, first);
    }

    [Fact]
    public void Scores_do_not_depend_on_the_batch_or_the_threads()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.Q4_K);
        using LanguageModel model = file.Load();
        using SmallRunner one = new(model), two = new(model, threads: 2);
        ContinuationScore[][] together = Run(model, two.Operations, Texts);
        ContinuationScore[][] alone = [.. Texts.Select(text => Run(model, one.Operations, text)[0])];
        ContinuationScore[][] backwards = [.. Run(model, two.Operations, [.. Texts.Reverse()]).Reverse()];
        ContinuationScore[][] unshared = [.. Texts.Select(text => text.Texts.Select(each => Run(model, one.Operations, new Alternatives("", [each]))[0][0]).ToArray())];
        for (int i = 0; i < Texts.Length; i++)
        {
            alone[i].ShouldBe(together[i]);
            backwards[i].ShouldBe(together[i]);
            unshared[i].ShouldBe(together[i]);
        }
    }

    public static TheoryData<CacheOptions> Caches => [new CacheOptions { Format = KvFormat.Q8_0 }, new CacheOptions { Eviction = new StreamingOptions(12, 2) }, new CacheOptions { Eviction = new HeavyHitterOptions(8, 8) }];

    [Theory]
    [MemberData(nameof(Caches))]
    public void A_cache_that_dropped_what_alternatives_share_reads_it_again(CacheOptions cache)
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        ContinuationScore[][] together = Run(model, runner.Operations, Texts, cache), plain = Run(model, runner.Operations, Texts);
        for (int i = 0; i < Texts.Length; i++)
        {
            together[i].ShouldBe([.. Texts[i].Texts.Select(each => Run(model, runner.Operations, new Alternatives("", [each]), cache)[0][0])]);
        }
        together[4].ShouldNotBe(plain[4], "a hundred characters do not fit the cache");
    }

    static ContinuationScore[][] Run(LanguageModel model, Operations operations, Alternatives[] texts, CacheOptions cache)
    {
        using ContinuationScorer scorer = new(model, operations, ContinuationPlan.Of(model.Tokenizer, texts, 256), cache);
        return scorer.Run(cancellation: TestContext.Current.CancellationToken);
    }

    static ContinuationScore[][] Run(LanguageModel model, Operations operations, Alternatives text, CacheOptions cache) => Run(model, operations, [text], cache);

    [Fact]
    public void More_texts_than_sequences_and_more_wanted_rows_than_a_step_takes_are_all_scored()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F16);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        Alternatives[] many = [.. Enumerable.Range(0, 40).Select(i => new Alternatives($"{i}", [new("", new string((char)('A' + i % 26), 1 + i * 5)), new("", new string('Z', 90))]))];
        int told = 0;
        ContinuationPlan plan = ContinuationPlan.Of(model.Tokenizer, many, 256);
        ContinuationScorer.Sequences(plan).ShouldBe(2048 / plan.Longest);
        using ContinuationScorer scorer = new(model, runner.Operations, plan);
        ContinuationScore[][] scores = scorer.Run(done => told = done, TestContext.Current.CancellationToken);
        told.ShouldBe(40);
        for (int i = 0; i < many.Length; i += 13)
        {
            scores[i].ShouldBe([.. many[i].Texts.Select(text => Alone(model, runner.Operations, text))]);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Counted_operations_and_bytes_are_the_planned_ones(string shape, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        ContinuationPlan plan = ContinuationPlan.Of(model.Tokenizer, Texts, 64);
        using ContinuationScorer scorer = new(model, runner.Operations, plan);
        scorer.Run(cancellation: TestContext.Current.CancellationToken);
        runner.Operations.Counters.Flops.ShouldBe(plan.Flops(model.Cost));
        model.Memory.Current(MemoryKind.KvCache).ShouldBe(ContinuationScorer.Sequences(plan) * model.Cost.KvCacheBytes(plan.Longest, KvFormat.F16));
        plan.Truncated.ShouldBe(2);
        // Of three readings of a context of 16 tokens two are spared.
        ContinuationPlan shared = ContinuationPlan.Of(model.Tokenizer, [Texts[0]], 64);
        long apart = Texts[0].Texts.Sum(text => ContinuationPlan.Of(model.Tokenizer, [new("", [text])], 64).Rows);
        shared.Rows.ShouldBeLessThan(apart - 30);
    }

    [Fact]
    public void What_greedy_decoding_writes_is_greedy()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        Continuation[] texts = [.. from context in Enumerable.Range(0, 30) from letter in Enumerable.Range(0, 26) select new Continuation($"WORD {(char)('A' + context % 26)}{context}", $"{(char)('A' + letter)}")];
        ContinuationScore[] scores = [.. Run(model, runner.Operations, [.. texts.Select(text => new Alternatives("", [text]))]).Select(one => one[0])];
        for (int i = 0; i < texts.Length; i++)
        {
            scores[i].Tokens.ShouldBe(1);
            scores[i].IsGreedy.ShouldBe(scores[i].Likeliest == model.Tokenizer.Find(texts[i].Text));
        }
        scores.ShouldContain(score => score.IsGreedy);
    }

    [Fact]
    public void Cancellation_stops_it()
    {
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F16);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        using ContinuationScorer scorer = new(model, runner.Operations, ContinuationPlan.Of(model.Tokenizer, Texts, 256));
        using CancellationTokenSource stop = new();
        Should.Throw<OperationCanceledException>(() => scorer.Run(_ => stop.Cancel(), stop.Token));
    }

    static ContinuationScore[][] Run(LanguageModel model, Operations operations, params Alternatives[] texts)
    {
        using ContinuationScorer scorer = new(model, operations, ContinuationPlan.Of(model.Tokenizer, texts, 256));
        return scorer.Run(cancellation: TestContext.Current.CancellationToken);
    }
}
