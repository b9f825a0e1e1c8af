using System.Text.Json;
using Shoestring.Metering;
using Shoestring.Tensors;

namespace Shoestring.Experiments.Tests;

public sealed class SearchDriverTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-search-").FullName;

    string Store => Path.Combine(folder, "out", "measurements.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Measures_the_baseline_and_every_candidate_once_in_order()
    {
        var measurer = new TableMeasurer();
        OptimizeResult result = SampleSearch.Run(measurer, SampleSearch.Options());
        measurer.Asked.ShouldBe(["as given", .. TableMeasurer.Plans.Select(plan => plan.Label)]);
        result.Candidates.Select(one => one.Label).ShouldBe(TableMeasurer.Plans.Select(plan => plan.Label));
        result.Baseline.Quality.Value.ShouldBe(100);
        result.Candidates[0].Quality.Value!.Value.ShouldBe(99.75, 0.05);
        result.Candidates[0].Measured.StoredBytes.PredictionError!.Value.ShouldBe(-0.002, 1e-6);
        result.Chosen!.Label.ShouldBe("quantize:format=Q6_K");
        result.Interrupted.ShouldBeFalse();
    }

    [Fact]
    public void The_front_is_over_bytes_decode_rate_and_quality()
    {
        OptimizeResult result = SampleSearch.Run();
        result.FrontAxes.ShouldBe(["storedBytes", "decodeTokensPerSecond", "quality"]);
        result.All.Where(one => one.OnFront).Select(one => ReportRow.ShortName(one.Techniques))
            .ShouldBe(["as given", "Q8_0", "Q4_0", "Q4_K_M", "Q6_K", "Q5_K_M", "Q2_K", "Q5_0", "Q4_1", "Q5_1", "IQ4_NL"], ignoreOrder: true);
    }

    [Fact]
    public void The_receipt_adds_what_the_candidates_counted()
    {
        OptimizeResult result = SampleSearch.Run();
        result.Receipt.Work.Kind.ShouldBe("optimize");
        result.Receipt.Computation.Flops.Value.ShouldBe(12e9);
        result.Receipt.Memory.WeightBytes.Value.ShouldBe(48.8e6);
        result.Receipt.Work.PromptTokens.ShouldBe(12 * 5248);
    }

    [Fact]
    public void A_second_search_reuses_every_measurement()
    {
        OptimizeResult first = SampleSearch.Run(new TableMeasurer(), SampleSearch.Options(Store));
        var measurer = new TableMeasurer();
        OptimizeResult second = SampleSearch.Run(measurer, SampleSearch.Options(Store));
        measurer.Asked.ShouldBeEmpty();
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
        measurer.Asked.Count.ShouldBe(12);
    }

    [Fact]
    public void A_search_that_was_killed_while_writing_goes_on()
    {
        SampleSearch.Run(new TableMeasurer(), SampleSearch.Options(Store));
        string[] lines = File.ReadAllLines(Store);
        File.WriteAllText(Store, string.Join('\n', lines[..5]) + "\n" + lines[5][..100]);
        var measurer = new TableMeasurer();
        OptimizeResult result = SampleSearch.Run(measurer, SampleSearch.Options(Store));
        measurer.Asked.Count.ShouldBe(7);
        result.Warnings.ShouldHaveSingleItem().ShouldContain("1 line is cut short");
        File.ReadAllLines(Store).Length.ShouldBe(13);
        measurer = new TableMeasurer();
        SampleSearch.Run(measurer, SampleSearch.Options(Store));
        measurer.Asked.ShouldBeEmpty();
    }

    [Fact]
    public void Cancelling_keeps_what_is_done()
    {
        using var stop = new CancellationTokenSource();
        var measurer = new TableMeasurer { Before = plan => Cancel(plan.Label == "quantize:format=Q4_K_M", stop) };
        OptimizeResult result = new SearchDriver(measurer, SampleSearch.Options(Store)).Run(stop.Token);
        result.Interrupted.ShouldBeTrue();
        result.Candidates.Count.ShouldBe(2);
        result.LeftOut.Count(one => one.Reason.Contains("stopped")).ShouldBe(9);
        File.ReadAllLines(Store).Length.ShouldBe(3);
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
        var measurer = new TableMeasurer { Before = _ => clock.Advance(TimeSpan.FromSeconds(10)) };
        SearchOptions options = SampleSearch.Options() with { Meter = new MeterOptions { Clock = clock }, TimeBudget = TimeSpan.FromSeconds(45) };
        OptimizeResult result = SampleSearch.Run(measurer, options);
        measurer.Asked.Count.ShouldBe(4);
        result.LeftOut.Count(one => one.Reason.Contains("time budget of 45 s")).ShouldBe(8);
        result.Interrupted.ShouldBeFalse();
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
        heard[0].ShouldBe(new SearchProgress(0, 12, "as given", CandidateState.Measuring, TimeSpan.Zero, null));
        heard[1].ShouldBe(new SearchProgress(1, 12, "as given", CandidateState.Measured, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(110)));
        heard[^1].Done.ShouldBe(12);
        heard[^1].Remaining.ShouldBe(TimeSpan.Zero);
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
