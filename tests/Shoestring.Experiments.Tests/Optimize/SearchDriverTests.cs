using System.Text.Json;
using Shoestring.Metering;
using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments.Tests;

public sealed class SearchDriverTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-search-").FullName;

    string Store => Path.Combine(folder, "out", "measurements.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Everyone_is_scored_on_a_part_and_those_that_others_beat_are_given_up()
    {
        var measurer = new TableMeasurer();
        OptimizeResult result = SampleSearch.Run(measurer, SampleSearch.Options());
        measurer.Scored[0].ShouldBe(("as given", 40), "all else is held against it");
        measurer.Scored.Skip(1).Take(11).ShouldBe(TableMeasurer.Plans.Select(plan => (plan.Label, 8)));
        measurer.Scored.Skip(12).ShouldNotContain(piece => piece.Label == "quantize:format=Q3_K_M", "Q4_0 is smaller and better");
        Candidate beaten = result.Candidates.Single(one => one.Label == "quantize:format=Q3_K_M");
        beaten.Stopped!.Tokens.ShouldBe(8 * 128);
        beaten.Stopped.Reason.ShouldContain("costs no more by what was predicted");
        beaten.Measured.DecodeTokensPerSecond.Value.ShouldBeNull();
        beaten.Measured.DecodeTokensPerSecond.How.ShouldContain("not measured");
        beaten.Quality.Value!.Value.ShouldBe(100 * Math.Exp(-0.171), 3);
        beaten.StoredBytes.ShouldBe(15.6e6);
        measurer.Discarded.ShouldContain(beaten.Label);
        result.Candidates.Select(one => one.Label).ShouldBe(TableMeasurer.Plans.Select(plan => plan.Label));
        result.Interrupted.ShouldBeFalse();
    }

    [Fact]
    public void Those_that_remain_are_scored_on_all_of_the_text_and_finished()
    {
        var measurer = new TableMeasurer();
        OptimizeResult result = SampleSearch.Run(measurer, SampleSearch.Options());
        Candidate[] whole = [.. result.Candidates.Where(one => one.Stopped is null)];
        whole.Select(one => ReportRow.ShortName(one.Techniques)).ShouldBe(["Q8_0", "Q4_0", "Q6_K", "Q5_K_M", "Q2_K", "Q5_0", "Q5_1", "IQ4_NL"]);
        measurer.Scored.GroupBy(piece => piece.Label).Where(pieces => whole.Any(one => one.Label == pieces.Key)).ShouldAllBe(pieces => pieces.Sum(piece => piece.Chunks) == 40);
        measurer.Finished.ShouldBe(["as given", "as given", .. whole.Select(one => one.Label)], ignoreOrder: true);
        result.Baseline.Quality.Value.ShouldBe(100);
        result.Candidates[0].Quality.Value!.Value.ShouldBe(99.75, 0.05);
        result.Candidates[0].Measured.StoredBytes.PredictionError!.Value.ShouldBe(-0.002, 1e-6);
        result.Chosen!.Label.ShouldBe("quantize:format=Q6_K");
    }

    [Fact]
    public void The_front_is_over_bytes_decode_rate_and_quality()
    {
        OptimizeResult result = SampleSearch.Run();
        result.FrontAxes.ShouldBe(["storedBytes", "decodeTokensPerSecond", "quality"]);
        result.All.Where(one => one.OnFront).Select(one => ReportRow.ShortName(one.Techniques))
            .ShouldBe(["as given", "Q8_0", "Q4_0", "Q6_K", "Q5_K_M", "Q2_K", "Q5_0", "Q5_1", "IQ4_NL"], ignoreOrder: true);
    }

    [Fact]
    public void A_bound_on_what_is_known_exactly_rules_out_before_anything_is_made()
    {
        var measurer = new TableMeasurer();
        OptimizeResult result = SampleSearch.Run(measurer, SampleSearch.Options(null, "storedBytes<=16MB, quality>=90%"));
        measurer.Scored.Select(piece => piece.Label).Distinct().ShouldBe(["as given", "quantize:format=Q4_0", "quantize:format=Q2_K", "quantize:format=Q3_K_M", "quantize:format=IQ4_NL"]);
        result.LeftOut.ShouldContain(one => one.Techniques[0] == "quantize:format=Q8_0" && one.Reason.StartsWith("ruled out by prediction: storedBytes is 25.9 MB", StringComparison.Ordinal));
        result.Chosen!.Label.ShouldBe("quantize:format=IQ4_NL");
    }

    [Fact]
    public void Where_a_bound_would_rule_out_everyone_the_nearest_are_measured()
    {
        var measurer = new TableMeasurer();
        OptimizeResult result = SampleSearch.Run(measurer, SampleSearch.Options(null, "storedBytes<=1MB"));
        measurer.Scored.Select(piece => piece.Label).Distinct().ShouldBe(["as given", "quantize:format=Q4_0", "quantize:format=Q2_K", "quantize:format=IQ4_NL"]);
        result.Choice.NearestMiss!.ShouldHaveSingleItem().ShouldBe("quantize:format=Q2_K");
    }

    [Fact]
    public void What_has_nothing_to_gain_is_not_made_unless_it_is_a_part_of_a_combination()
    {
        CandidatePlan[] plans = [new(["quantize:format=Q8_0"]), new(["wanda"]), new(["wanda", "quantize"]), new(["smoothquant"])];
        var measurer = new LossTable(new() { ["as given"] = (100, 0), ["quantize:format=Q8_0"] = (50, 0.0001), ["wanda"] = (90, 0.2), ["wanda + quantize"] = (30, 0.3), ["smoothquant"] = (60, 0) });
        OptimizeResult result = new SearchDriver(measurer, SampleSearch.Options() with { Candidates = plans }).Run(TestContext.Current.CancellationToken);
        result.LeftOut.ShouldContain(one => one.Techniques[0] == "smoothquant" && one.Reason.Contains("0.1 % of quality to gain: quantize:format=Q8_0"));
        result.Candidates.Select(one => one.Label).ShouldBe(["quantize:format=Q8_0", "wanda", "wanda + quantize"]);
    }

    [Fact]
    public void Interactions_are_held_against_products_and_against_the_other_order()
    {
        CandidatePlan[] plans = [new(["wanda"]), new(["quantize"]), new(["wanda", "quantize"]), new(["quantize", "wanda"])];
        var measurer = new LossTable(new() { ["as given"] = (100, 0), ["wanda"] = (50, 0.1), ["quantize"] = (60, 0.2), ["wanda + quantize"] = (40, 0.35), ["quantize + wanda"] = (40, 0.4) });
        OptimizeResult result = new SearchDriver(measurer, SampleSearch.Options() with { Candidates = plans }).Run(TestContext.Current.CancellationToken);
        result.Interactions.Select(one => (one.First, one.Second)).ShouldBe([("wanda", "quantize"), ("quantize", "wanda")]);
        Interaction first = result.Interactions[0];
        first.Product.Value!.Value.ShouldBe(100 * Math.Exp(-0.3), 1e-3);
        first.Together.Value!.Value.ShouldBe(100 * Math.Exp(-0.35), 1e-3);
        first.Ratio.Value!.Value.ShouldBe(Math.Exp(-0.05), 1e-5);
        first.Ratio.Low!.Value.ShouldBe(first.Ratio.High!.Value, 1e-5);
        first.OrderRatio!.Value!.Value.ShouldBe(Math.Exp(0.05), 1e-5);
        OptimizeJson.Read(OptimizeJson.Write(result)).Interactions.ShouldBe(result.Interactions);
    }

    [Fact]
    public void What_only_more_of_the_text_can_decide_is_not_given_up_for_others_that_are_likelier_on_the_front()
    {
        // Each a little larger and better than the one before; the floor lies within the interval of the last alone.
        CandidatePlan[] plans = [.. Enumerable.Range(0, 30).Select(i => new CandidatePlan([$"quantize:format=Q{i}"]))];
        Dictionary<string, (double, double)> table = plans.Index().ToDictionary(pair => pair.Item.Label, pair => (20.0 + pair.Index, 0.3 - (0.01 * pair.Index)));
        table["as given"] = (100, 0);
        OptimizeResult result = new SearchDriver(new LossTable(table) { Ripple = 0.02 }, SampleSearch.Options(null, "quality>=99%") with { Candidates = plans }).Run(TestContext.Current.CancellationToken);
        result.Candidates[^1].Stopped.ShouldBeNull();
        result.Candidates.Count(one => one.Stopped is null).ShouldBeLessThan(15);
    }

    [Fact]
    public void Each_technique_by_itself_is_finished_and_held_against_what_is_claimed_of_it()
    {
        CandidatePlan[] plans = [new(["quantize:format=Q8_0"]), new(["quantize:format=Q4_0"]), new(["wanda"]), new(["wanda", "quantize:format=Q4_0"])];
        var measurer = new LossTable(new() { ["as given"] = (100, 0), ["quantize:format=Q8_0"] = (50, 0.001), ["quantize:format=Q4_0"] = (30, 0.1), ["wanda"] = (100, 0.3), ["wanda + quantize:format=Q4_0"] = (30, 0.4) });
        OptimizeResult result = new SearchDriver(measurer, SampleSearch.Options() with { Candidates = plans }).Run(TestContext.Current.CancellationToken);
        result.Candidates[2].Stopped.ShouldNotBeNull().Reason.ShouldContain("costs no more by what was predicted, and is better everywhere alike");
        measurer.Finished.ShouldContain("wanda");
        measurer.Finished.ShouldNotContain("wanda + quantize:format=Q4_0");
        ResourceOutcome shipped = result.Outcomes.Single(one => one is { Technique: "wanda", Resource: Resource.Communication });
        (shipped.Here.Value, shipped.Found, shipped.Predicted.Value).ShouldBe((1, Effect.Neutral, 1));
        result.Outcomes.Single(one => one is { Technique: "quantize", Resource: Resource.Communication }).ShouldSatisfyAllConditions(
            one => one.Candidate.ShouldBe(["quantize:format=Q8_0"]), one => one.Here.Value.ShouldBe(0.5), one => one.Found.ShouldBe(Effect.Saves));
        HtmlReport.Page(result).ShouldContain("Claimed, predicted, found here");
        OptimizeJson.Write(OptimizeJson.Read(OptimizeJson.Write(result))).ShouldBe(OptimizeJson.Write(result));
    }

    [Fact]
    public void The_receipt_adds_what_the_candidates_counted()
    {
        var measurer = new TableMeasurer();
        OptimizeResult result = SampleSearch.Run(measurer, SampleSearch.Options());
        result.Receipt.Work.Kind.ShouldBe("optimize");
        result.Receipt.Computation.Flops.Value.ShouldBe((measurer.Scored.Sum(piece => piece.Chunks) * 1e6) + (measurer.Finished.Count * 1e9));
        result.Receipt.Memory.WeightBytes.Value.ShouldBe(48.8e6);
        result.Receipt.Work.PromptTokens.ShouldBe((measurer.Scored.Sum(piece => piece.Chunks) * 128) + (measurer.Finished.Count * 640));
    }

    [Fact]
    public void A_second_search_reuses_every_measurement()
    {
        OptimizeResult first = SampleSearch.Run(new TableMeasurer(), SampleSearch.Options(Store));
        var measurer = new TableMeasurer();
        OptimizeResult second = SampleSearch.Run(measurer, SampleSearch.Options(Store));
        measurer.Scored.ShouldBeEmpty();
        measurer.Finished.ShouldBeEmpty();
        second.All.ShouldAllBe(one => one.Reused);
        second.All.Select(one => one.Measured).ShouldBe(first.All.Select(one => one.Measured));
        second.All.Select(one => one.MeasuredAt).ShouldBe(first.All.Select(one => one.MeasuredAt));
        second.Receipt.Computation.Flops.Value.ShouldBeNull();
    }

    static SearchOptions Changed(SearchOptions options, string what) => what switch
    {
        "settings" => options with { Settings = "threads 1" },
        "version" => options with { Version = "9" },
        "model" => options with { Model = options.Model with { Sha256 = "c" } },
        _ => options with { Text = options.Text with { Sha256 = "c" } },
    };

    [Theory]
    [InlineData("settings")]
    [InlineData("version")]
    [InlineData("model")]
    [InlineData("text")]
    public void A_measurement_of_something_else_is_not_reused(string what)
    {
        SampleSearch.Run(new TableMeasurer(), SampleSearch.Options(Store));
        var measurer = new TableMeasurer();
        SampleSearch.Run(measurer, Changed(SampleSearch.Options(Store), what));
        measurer.Scored.Select(piece => piece.Label).Distinct().Count().ShouldBe(12);
    }

    [Fact]
    public void A_search_that_was_killed_while_writing_goes_on()
    {
        OptimizeResult whole = SampleSearch.Run(new TableMeasurer(), SampleSearch.Options(Store));
        string[] lines = File.ReadAllLines(Store);
        File.WriteAllText(Store, string.Join('\n', lines[..5]) + "\n" + lines[5][..100]);
        var measurer = new TableMeasurer();
        OptimizeResult result = SampleSearch.Run(measurer, SampleSearch.Options(Store));
        measurer.Scored.ShouldNotContain(piece => piece.Label == "as given");
        measurer.Scored.Count.ShouldBe(lines.Length - 5 - measurer.Finished.Count);
        result.Warnings.ShouldHaveSingleItem().ShouldContain("1 line is cut short");
        result.All.Select(one => one.Measured).ShouldBe(whole.All.Select(one => one.Measured));
        File.ReadAllLines(Store).Length.ShouldBe(lines.Length + 1);
        measurer = new TableMeasurer();
        SampleSearch.Run(measurer, SampleSearch.Options(Store));
        measurer.Scored.ShouldBeEmpty();
    }

    [Fact]
    public void Cancelling_keeps_what_is_done()
    {
        using var stop = new CancellationTokenSource();
        var measurer = new TableMeasurer { Before = plan => Cancel(plan.Label == "quantize:format=Q4_K_M", stop) };
        OptimizeResult result = new SearchDriver(measurer, SampleSearch.Options(Store)).Run(stop.Token);
        result.Interrupted.ShouldBeTrue();
        result.Candidates.Count.ShouldBe(2);
        result.Candidates.ShouldAllBe(one => one.Stopped!.Reason == "the search was stopped");
        result.LeftOut.Count(one => one.Reason.Contains("stopped")).ShouldBe(9);
        File.ReadAllLines(Store).Length.ShouldBe(4);
    }

    [Fact]
    public void Cancelling_before_the_baseline_gives_nothing()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Should.Throw<OperationCanceledException>(() => new SearchDriver(new TableMeasurer(), SampleSearch.Options(Store)).Run(stop.Token));
        File.Exists(Store).ShouldBeFalse();
    }

    static void Cancel(bool now, CancellationTokenSource stop)
    {
        if (now)
        {
            stop.Cancel();
        }
    }

    [Fact]
    public void A_time_budget_ends_between_candidates_and_says_what_was_left_out()
    {
        var clock = new HandClock();
        var measurer = new TableMeasurer { Before = _ => clock.Advance(TimeSpan.FromSeconds(10)), BeforeFinish = _ => clock.Advance(TimeSpan.FromSeconds(10)) };
        SearchOptions options = SampleSearch.Options() with { Meter = new MeterOptions { Clock = clock }, TimeBudget = TimeSpan.FromSeconds(100) };
        OptimizeResult result = SampleSearch.Run(measurer, options);
        // 20 s for the baseline, 40 s for candidates until 60 % are over; half of what is left finishes those that have the best prospects.
        result.Candidates.Count.ShouldBe(3);
        result.LeftOut.Count(one => one.Reason.Contains("time budget of 100 s")).ShouldBe(8);
        measurer.Finished.Count.ShouldBe(5);
        result.Interrupted.ShouldBeFalse();
        clock.GetElapsedTime(0).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(110));
    }

    [Fact]
    public void With_little_time_left_the_one_that_surely_meets_the_budget_is_finished_first()
    {
        var clock = new HandClock();
        var measurer = new TableMeasurer { Before = _ => clock.Advance(TimeSpan.FromSeconds(1)), BeforeFinish = _ => clock.Advance(TimeSpan.FromSeconds(30)) };
        SearchOptions options = SampleSearch.Options() with { Meter = new MeterOptions { Clock = clock }, TimeBudget = TimeSpan.FromSeconds(110) };
        OptimizeResult result = SampleSearch.Run(measurer, options);
        measurer.Finished.Count.ShouldBeLessThan(5);
        result.Chosen!.Label.ShouldBe("quantize:format=Q6_K");
    }

    [Fact]
    public void A_piece_that_takes_far_longer_than_those_before_it_is_stopped()
    {
        CancellationToken test = TestContext.Current.CancellationToken;
        var measurer = new TableMeasurer { Patience = (plan, token) => plan.Label == "quantize:format=Q4_K_M" && token.WaitHandle.WaitOne(TimeSpan.FromMinutes(1)) };
        OptimizeResult result = new SearchDriver(measurer, SampleSearch.Options() with { TimeBudget = TimeSpan.FromSeconds(2) }).Run(test);
        result.LeftOut.ShouldContain(one => one.Techniques[0] == "quantize:format=Q4_K_M" && one.Reason.Contains("time budget of 2 s"));
        result.Interrupted.ShouldBeFalse();
        result.Receipt.Computation.Seconds.Value!.Value.ShouldBeLessThan(30);
        measurer.Finished.ShouldContain("quantize:format=Q8_0");
    }

    [Fact]
    public void The_baseline_is_measured_whatever_the_time()
    {
        var clock = new HandClock();
        SearchOptions options = SampleSearch.Options() with { Meter = new MeterOptions { Clock = clock }, TimeBudget = TimeSpan.Zero };
        OptimizeResult result = SampleSearch.Run(new TableMeasurer { Before = _ => clock.Advance(TimeSpan.FromSeconds(10)) }, options);
        result.Candidates.ShouldBeEmpty();
        result.Chosen.ShouldBe(result.Baseline);
    }

    [Fact]
    public void A_candidate_that_cannot_be_made_is_left_out_with_the_reason()
    {
        SearchOptions options = SampleSearch.Options() with { Candidates = [new CandidatePlan(["quantize:format=Q9_9"]), .. TableMeasurer.Plans] };
        OptimizeResult result = SampleSearch.Run(new TableMeasurer(), options);
        result.LeftOut.ShouldContain(one => one.Techniques.SequenceEqual(new[] { "quantize:format=Q9_9" }) && one.Reason.Contains("the table has no"));
        result.Candidates.Count.ShouldBe(11);
        result.All.ShouldNotContain(one => one.Label == "quantize:format=Q9_9");
    }

    [Fact]
    public void A_baseline_that_cannot_be_run_ends_the_search() => Should.Throw<InputException>(() =>
        SampleSearch.Run(new TableMeasurer { Before = _ => throw new InputException("no", "model", "get another") }, SampleSearch.Options()));

    [Fact]
    public void A_store_that_cannot_be_written_ends_the_search()
    {
        File.WriteAllText(Path.Combine(folder, "out"), "a file where the folder should be");
        Should.Throw<InputException>(() => SampleSearch.Run(new TableMeasurer(), SampleSearch.Options(Store))).Where.ShouldBe(Store);
    }

    [Fact]
    public void Progress_counts_up_and_estimates_the_rest()
    {
        var clock = new HandClock();
        var heard = new List<SearchProgress>();
        var measurer = new TableMeasurer { Before = _ => clock.Advance(TimeSpan.FromSeconds(10)) };
        SampleSearch.Run(measurer, SampleSearch.Options() with { Meter = new MeterOptions { Clock = clock }, Progress = new Listener(heard) });
        heard[0].ShouldBe(new SearchProgress(0, 1, "as given", CandidateState.Measuring, TimeSpan.Zero, null));
        heard[1].Done.ShouldBe(1);
        heard[1].Row!.Quality.Value.ShouldBe(100);
        heard[2].ShouldBe(new SearchProgress(1, 20, "quantize:format=Q8_0", CandidateState.Measuring, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(190)));
        heard.ShouldContain(one => one.State == CandidateState.GivenUp && one.Current == "quantize:format=Q3_K_M" && one.Row!.Quality.Value < 90);
        heard.Select(one => one.Done).ShouldBeInOrder();
        heard.ShouldAllBe(one => one.Done <= one.Total);
    }

    [Fact]
    public void The_document_has_the_shape_that_others_rely_on()
    {
        string json = OptimizeJson.Write(SampleSearch.Run() with { Report = "out/report.html" });
        json.ShouldNotContain('\n');
        JsonElement root = JsonDocument.Parse(json).RootElement;
        root.GetProperty("receipt").GetProperty("schema").GetString().ShouldBe("shoestring.receipt/1");
        root.GetProperty("baseline").GetProperty("techniques").GetArrayLength().ShouldBe(0);
        root.GetProperty("baseline").GetProperty("storedBytes").GetDouble().ShouldBe(48.8e6);
        root.GetProperty("baseline").GetProperty("quality").GetProperty("value").GetDouble().ShouldBe(100);
        root.GetProperty("baseline").GetProperty("receipt").GetProperty("work").GetProperty("kind").GetString().ShouldBe("measure");
        JsonElement first = root.GetProperty("candidates")[0];
        first.GetProperty("techniques")[0].GetString().ShouldBe("quantize:format=Q8_0");
        first.GetProperty("predicted").GetProperty("decodeTokensPerSecond").GetProperty("source").GetString().ShouldBe("modelled");
        first.GetProperty("measured").GetProperty("decodeTokensPerSecond").GetProperty("value").GetDouble().ShouldBe(520);
        first.GetProperty("quality").GetProperty("low").GetDouble().ShouldBeLessThan(first.GetProperty("quality").GetProperty("value").GetDouble());
        first.GetProperty("onFront").GetBoolean().ShouldBeTrue();
        root.GetProperty("chosen").GetProperty("techniques")[0].GetString().ShouldBe("quantize:format=Q6_K");
        root.GetProperty("report").GetString().ShouldBe("out/report.html");
        OptimizeJson.Write(OptimizeJson.Read(json)).ShouldBe(json);
    }

    [Fact]
    public void Without_a_choice_the_document_says_so()
    {
        OptimizeResult result = SampleSearch.Run("storedBytes<=1MB");
        JsonElement root = JsonDocument.Parse(OptimizeJson.Write(result)).RootElement;
        root.GetProperty("chosen").ValueKind.ShouldBe(JsonValueKind.Null);
        root.GetProperty("choice").GetProperty("met").GetBoolean().ShouldBeFalse();
        root.GetProperty("choice").GetProperty("nearestMiss")[0].GetString().ShouldBe("quantize:format=Q2_K");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"schema":"other/1"}""")]
    public void Another_document_is_refused(string json) => Should.Throw<JsonException>(() => OptimizeJson.Read(json));

    sealed class Listener(List<SearchProgress> heard) : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value) => heard.Add(value);
    }
}
