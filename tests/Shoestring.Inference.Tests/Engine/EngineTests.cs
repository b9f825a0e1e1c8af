using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Inference.Tests;

public sealed class EngineTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    static readonly SamplingOptions Warm = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = 11 };

    static GenerationRequest Request(int number, int prompt, int tokens = 20, SamplingOptions? sampling = null) =>
        new(EngineFixture.Prompt($"request {number}", prompt)) { MaximumTokens = tokens, Sampling = sampling ?? Warm, IgnoreEndOfText = true, Number = (ulong)number };

    static int[] Tokens(IEnumerable<GeneratedPiece> pieces) => [.. pieces.Select(p => p.Token)];

    // Prompts longer than a step, requests that come while others run, and steps without room for all.
    [Theory]
    [InlineData(512)]
    [InlineData(16)]
    [InlineData(3)]
    public void Requests_give_the_tokens_that_they_give_alone(int batchRows)
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, 7).Select(i => Request(i, 1 + i * 9))];
        int[][] alone = [.. requests.Select(r => Tokens(fixture.Generate(r)))];
        using Engine engine = fixture.Engine(new EngineOptions { BatchRows = batchRows });
        List<Generation> generations = [];
        foreach (GenerationRequest request in requests)
        {
            generations.Add(engine.Submit(request));
            engine.Step();
        }
        int steps = 0;
        while (engine.Step())
        {
            (++steps).ShouldBeLessThan(1000);
        }
        for (int i = 0; i < requests.Length; i++)
        {
            generations[i].Stop.ShouldBe(StopReason.Length);
            generations[i].Tokens.ShouldBe(alone[i], $"request {i}");
            generations[i].Dispose();
        }
        engine.Step().ShouldBeFalse();
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_others()
    {
        int[] first = Tokens(fixture.Generate(Request(1, 5)));
        Tokens(fixture.Generate(Request(1, 5))).ShouldBe(first);
        Tokens(fixture.Generate(Request(1, 5, sampling: Warm with { Seed = 12 }))).ShouldNotBe(first);
        Tokens(fixture.Generate(Request(1, 5) with { Number = 2 })).ShouldNotBe(first);
    }

    [Fact]
    public void It_ends_after_the_tokens_that_were_asked_for()
    {
        GeneratedPiece[] pieces = fixture.Generate(Request(3, 4, tokens: 1));
        pieces.Length.ShouldBe(1);
        pieces[0].Stop.ShouldBe(StopReason.Length);
        fixture.Generate(Request(3, 4, tokens: 9)).Select(p => p.Stop).ShouldBe([.. Enumerable.Repeat(StopReason.None, 8), StopReason.Length]);
    }

    [Fact]
    public void An_end_of_text_ends_it_unless_it_is_to_be_ignored()
    {
        // At this temperature all 320 tokens are about as likely, so that the end comes soon.
        GenerationRequest request = Request(4, 3, tokens: 200, Warm with { Temperature = 100 }) with { IgnoreEndOfText = false };
        (GenerationRequest Request, GeneratedPiece[] Pieces)[] runs = [.. Enumerable.Range(0, 20).Select(i => request with { Number = (ulong)i }).Select(r => (r, fixture.Generate(r)))];
        (GenerationRequest ended, GeneratedPiece[] pieces) = runs.First(r => r.Pieces[^1].Stop == StopReason.Eos);
        pieces[^1].Token.ShouldBe(2);
        Tokens(pieces[..^1]).ShouldNotContain(2);
        GeneratedPiece[] ignored = fixture.Generate(ended with { IgnoreEndOfText = true });
        Tokens(ignored)[..pieces.Length].ShouldBe(Tokens(pieces));
        ignored.Length.ShouldBe(200);
    }

    [Fact]
    public void A_full_context_is_an_error_of_that_request_alone()
    {
        using Engine engine = fixture.Engine(new EngineOptions { Context = 12 });
        using Generation full = engine.Submit(Request(1, 8, tokens: 50)), fits = engine.Submit(Request(2, 3, tokens: 8));
        InputException error = Should.Throw<InputException>(() => Run(engine));
        error.Message.ShouldContain("12 positions");
        // Position 11 is the last that is read, and its logits still give a token.
        full.TokenCount.ShouldBe(5);
        Run(engine);
        fits.Stop.ShouldBe(StopReason.Length);
        fits.Tokens.ShouldBe(Tokens(fixture.Generate(Request(2, 3, tokens: 8))));
    }

    [Fact]
    public void A_shift_forgets_the_older_half_and_reads_the_rest_again()
    {
        GenerationRequest request = Request(5, 10, tokens: 30) with { ShiftContext = true };
        using Engine engine = fixture.Engine(new EngineOptions { Context = 16 });
        using Generation generation = engine.Submit(request);
        Run(engine);
        generation.Stop.ShouldBe(StopReason.Length);
        generation.TokenCount.ShouldBe(30);
        // Full with 17 tokens after the 7th, 16th and 25th that it made; 8 stay each time.
        generation.Forgotten.ShouldBe(3 * 9);
        // Up to the first shift nothing differs; the token after it is what the newer half alone gives.
        int[] tokens = [.. generation.Tokens];
        tokens[..7].ShouldBe(Tokens(fixture.Generate(request with { MaximumTokens = 7 })));
        using Engine other = fixture.Engine();
        GenerationRequest again = request with { MaximumTokens = 1, Sampling = SamplingOptions.Greedy };
        int[] greedy = Tokens(fixture.Generate(request with { Sampling = SamplingOptions.Greedy }, new EngineOptions { Context = 16 }));
        int[] all = [.. request.Prompt, .. greedy];
        Tokens(other.Generate(again with { Prompt = all[9..17] }, TestContext.Current.CancellationToken)).ShouldBe([all[17]]);
    }

    [Fact]
    public void Faults_of_the_user_are_named()
    {
        using Engine engine = fixture.Engine(new EngineOptions { Context = 8, MaximumSequences = 1 });
        Should.Throw<InputException>(() => engine.Submit(new GenerationRequest([]))).Message.ShouldContain("empty");
        Should.Throw<InputException>(() => engine.Submit(Request(1, 8))).Message.ShouldContain("8 tokens");
        using Generation one = engine.Submit(Request(1, 2));
        Should.Throw<InvalidOperationException>(() => engine.Submit(Request(2, 2)));
        engine.Cancel(one);
        using Generation two = engine.Submit(Request(2, 2));
    }

    [Fact]
    public void Cancelling_stops_between_steps_and_gives_the_memory_back()
    {
        using Engine engine = fixture.Engine();
        long before = fixture.Model.Memory.Current(MemoryKind.KvCache);
        using CancellationTokenSource source = new();
        List<GeneratedPiece> pieces = [];
        foreach (GeneratedPiece piece in engine.Generate(Request(6, 4, tokens: 100), source.Token))
        {
            pieces.Add(piece);
            if (pieces.Count == 3)
            {
                source.Cancel();
            }
        }
        pieces.Count.ShouldBe(3);
        fixture.Model.Memory.Current(MemoryKind.KvCache).ShouldBe(before);
        // Leaving the loop is as good, and the engine takes the next request.
        engine.Generate(Request(6, 4, tokens: 100), TestContext.Current.CancellationToken).First().Token.ShouldBe(pieces[0].Token);
        fixture.Model.Memory.Current(MemoryKind.KvCache).ShouldBe(before);
        engine.Step().ShouldBeFalse();
    }

    [Fact]
    public void Counted_operations_are_those_of_the_cost_model()
    {
        using Engine engine = fixture.Engine(new EngineOptions { BatchRows = 10 });
        Tokens(engine.Generate(Request(7, 25, tokens: 6), TestContext.Current.CancellationToken)).Length.ShouldBe(6);
        // Rows in steps of 10, 10 and 5, whose last wants logits, then five of one; the sixth token is not read any more.
        WorkSpan[] spans = [new(0, 10), new(10, 10), new(20, 5), .. Enumerable.Range(25, 5).Select(p => new WorkSpan(p, 1))];
        engine.Operations.Counters.Flops.ShouldBe(fixture.Model.Cost.Flops(spans, 6));
    }

    // Twenty windows of text; the prompt is longer than the window and comes in pieces.
    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Kivi2)]
    public void A_window_generates_in_constant_memory(KvFormat format)
    {
        CacheOptions cache = new() { Format = format, Eviction = new StreamingOptions(20, 4) };
        using Engine engine = fixture.Engine(new EngineOptions { KvFormat = format, Eviction = cache.Eviction, BatchRows = 100 });
        long before = fixture.Model.Memory.Current(MemoryKind.KvCache);
        using Generation generation = engine.Submit(Request(9, 230, tokens: 300));
        long bytes = fixture.Model.Memory.Current(MemoryKind.KvCache) - before;
        bytes.ShouldBe(fixture.Model.Cost.KvCacheBytes(1_000_000, cache));
        Run(engine);
        generation.TokenCount.ShouldBe(300);
        (fixture.Model.Memory.Current(MemoryKind.KvCache) - before).ShouldBe(bytes);
        WorkSpan[] spans = [new(0, 100), new(100, 100), new(200, 30), .. Enumerable.Range(230, 299).Select(p => new WorkSpan(p, 1))];
        engine.Operations.Counters.Flops.ShouldBe(fixture.Model.Cost.Flops(spans, 300, cache));
        // Steps of 16 rows give the same tokens.
        Tokens(fixture.Generate(Request(9, 230, tokens: 300), new EngineOptions { KvFormat = format, Eviction = cache.Eviction, BatchRows = 16 })).ShouldBe([.. generation.Tokens]);
    }

    // A piece of text and what carries it: strings of a character or two, and the decoder's buffer for each.
    [Fact]
    public void A_token_takes_no_managed_memory_but_its_text()
    {
        using Engine engine = fixture.Engine(new EngineOptions { Context = 1024 });
        using Generation generation = engine.Submit(Request(8, 4, tokens: 900, new SamplingOptions { RepeatPenalty = 1.1f }));
        long least = long.MaxValue;
        for (int round = 0; round < 8; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                engine.Step();
                generation.TryRead(out _).ShouldBeTrue();
            }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{least / 100.0} bytes a token");
        (least / 100).ShouldBeLessThan(160);
    }

    static void Run(Engine engine)
    {
        for (int steps = 0; engine.Step(); steps++)
        {
            steps.ShouldBeLessThan(1000);
        }
    }
}
