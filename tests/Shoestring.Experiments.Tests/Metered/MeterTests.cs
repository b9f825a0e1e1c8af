using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Metering;

namespace Shoestring.Experiments.Tests;

public class MeterTests
{
    [Fact]
    public void Long_work_misses_no_wrap_around_of_the_counter()
    {
        using var folder = new TemporaryFolder();
        string domain = Directory.CreateDirectory(folder.File("intel-rapl:0")).FullName;
        void Set(ulong microjoules) => File.WriteAllText(Path.Combine(domain, "energy_uj"), $"{microjoules}\n");
        File.WriteAllText(Path.Combine(domain, "name"), "package-0\n");
        File.WriteAllText(Path.Combine(domain, "max_energy_range_uj"), "1000000\n");
        Set(0);
        var clock = new HandClock();
        using var meter = Meter.Start(new MeterOptions { Clock = clock, StartEnergy = () => EnergyMeter.Start(folder.Path) });
        foreach (ulong value in new ulong[] { 600_000, 200_000, 800_000, 400_000 })
        {
            Set(value);
            clock.Advance(TimeSpan.FromSeconds(30));
        }

        Receipt receipt = meter.Stop(new WorkReport(new Work("train", 1000)));
        receipt.Computation.Seconds.Value.ShouldBe(120);
        receipt.Energy.Joules.Source.ShouldBe(FigureSource.Measured);
        receipt.Energy.Joules.Value!.Value.ShouldBe(2.4, 1e-9);
        receipt.Efficiency.TokensPerJoule.Value!.Value.ShouldBe(1000 / 2.4, 1e-6);
    }

    [Fact]
    public void A_document_of_another_context_has_the_receipt_in_the_same_shape()
    {
        Receipt receipt = Metered.Run(new MeterOptions(), () => (0, new WorkReport(new Work("x", 3)))).Receipt;
        string json = JsonSerializer.Serialize(new Answer("hi", receipt), AnswerJson.Default.Answer);
        using var document = JsonDocument.Parse(json);
        ReceiptJson.Read(document.RootElement.GetProperty("receipt").GetRawText()).ShouldBe(receipt);
        document.RootElement.GetProperty("receipt").GetProperty("computation").GetProperty("flops").GetProperty("predicted").ValueKind
            .ShouldBe(JsonValueKind.Null);
    }

    sealed class HandClock : TimeProvider
    {
        readonly List<(TimerCallback Callback, TimeSpan Period)> timers = [];
        long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            timers.Add((callback, period));
            return new NoTimer();
        }

        public void Advance(TimeSpan step)
        {
            now += step.Ticks;
            foreach ((TimerCallback callback, TimeSpan period) in timers)
            {
                period.ShouldBeLessThanOrEqualTo(step);
                callback(null);
            }
        }

        sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}

sealed record Answer(string Text, Receipt Receipt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Answer))]
sealed partial class AnswerJson : JsonSerializerContext;
