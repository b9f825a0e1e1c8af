using System.Text.Json;

namespace Shoestring.Metering.Tests;

public class ReceiptJsonTests
{
    const string Golden = """{"schema":"shoestring.receipt/1","work":{"kind":"generate","promptTokens":5,"generatedTokens":48,"sequences":1},"computation":{"flops":{"value":1500,"unit":"FLOP","source":"counted","how":"kernels","predicted":1200,"predictionError":-0.2},"seconds":{"value":0.5,"unit":"s","source":"measured","how":"clock","predicted":null},"flopsPerSecond":{"value":3000,"unit":"FLOP/s","source":"counted","how":"flops / seconds","predicted":null},"utilization":{"value":null,"unit":"1","source":"unavailable","how":"limits not measured","predicted":null}},"memory":{"peakResidentBytes":{"value":null,"unit":"B","source":"unavailable","how":"not reported by this work","predicted":null},"weightBytes":{"value":null,"unit":"B","source":"unavailable","how":"not reported by this work","predicted":null},"kvCacheBytes":{"value":null,"unit":"B","source":"unavailable","how":"not reported by this work","predicted":null},"activationBytes":{"value":null,"unit":"B","source":"unavailable","how":"not reported by this work","predicted":null},"gradientBytes":{"value":null,"unit":"B","source":"unavailable","how":"not reported by this work","predicted":null},"optimizerBytes":{"value":null,"unit":"B","source":"unavailable","how":"not reported by this work","predicted":null},"storedBytes":{"value":null,"unit":"B","source":"unavailable","how":"not reported by this work","predicted":null}},"energy":{"joules":{"value":12.5,"unit":"J","source":"modelled","how":"P₀·t + …","predicted":null,"low":6,"high":25},"carbonGrams":{"value":null,"unit":"g","source":"unavailable","how":"not reported by this work","predicted":null}},"money":{"dollars":{"value":null,"unit":"$","source":"unavailable","how":"not reported by this work","predicted":null},"dollarsPerMillionTokens":{"value":null,"unit":"$/Mtoken","source":"unavailable","how":"not reported by this work","predicted":null}},"communication":{"bytesSent":{"value":0,"unit":"B","source":"counted","how":"own sockets","predicted":null},"bytesReceived":{"value":null,"unit":"B","source":"unavailable","how":"not reported by this work","predicted":null}},"efficiency":{"tokensPerSecond":{"value":null,"unit":"token/s","source":"unavailable","how":"not reported by this work","predicted":null},"tokensPerJoule":{"value":null,"unit":"token/J","source":"unavailable","how":"not reported by this work","predicted":null},"tokensPerDollar":{"value":null,"unit":"token/$","source":"unavailable","how":"not reported by this work","predicted":null}},"quality":{"perplexity":{"value":null,"unit":"1","source":"unavailable","how":"this work scored no text","predicted":null}}}""";

    static Receipt Sample() => new()
    {
        Work = new Work("generate", 5, 48, 1),
        Computation = new ComputationFigures
        {
            Flops = Figure.Counted(1500, Units.Flops, "kernels").WithPrediction(1200),
            Seconds = Figure.Measured(0.5, Units.Seconds, "clock"),
            FlopsPerSecond = Figure.Counted(3000, Units.FlopsPerSecond, "flops / seconds"),
            Utilization = Figure.Unavailable(Units.One, "limits not measured"),
        },
        Energy = new EnergyFigures { Joules = Figure.Modelled(12.5, Units.Joules, "P₀·t + …", 6, 25) },
        Communication = new CommunicationFigures { BytesSent = Figure.Counted(0, Units.Bytes, "own sockets") },
    };

    [Fact]
    public void Writes_exactly_the_documented_shape() => ReceiptJson.Write(Sample()).ShouldBe(Golden);

    [Fact]
    public void Reads_back_what_it_wrote()
    {
        Receipt read = ReceiptJson.Read(Golden);
        read.ShouldBe(Sample());
        ReceiptJson.Write(read).ShouldBe(Golden);
    }

    [Fact]
    public void The_default_context_writes_the_same_document_with_signs_escaped()
    {
        string json = JsonSerializer.Serialize(Sample(), ReceiptJson.Default.ReceiptInfo);
        json.ShouldContain("\\u2080");
        ReceiptJson.Read(json).ShouldBe(Sample());
    }

    [Fact]
    public void What_a_document_leaves_out_is_unavailable()
    {
        Receipt read = ReceiptJson.Read("""{"schema":"shoestring.receipt/1","work":{"kind":"x"},"energy":{},"memory":{"storedBytes":{"value":1,"unit":"B","source":"counted","how":""}}}""");
        read.ShouldBe(new Receipt { Work = new Work("x"), Memory = new MemoryFigures { StoredBytes = Figure.Counted(1, Units.Bytes, "") } });
        read.Energy.Joules.Source.ShouldBe(FigureSource.Unavailable);
        read.Quality.Perplexity.Source.ShouldBe(FigureSource.Unavailable);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"work":{"kind":"x"}}""")]
    [InlineData("""{"schema":"other/9","work":{"kind":"x"}}""")]
    [InlineData("""{"schema":"shoestring.receipt/1","work":{}}""")]
    [InlineData("""{"schema":"shoestring.receipt/1","work":{"kind":null}}""")]
    public void Refuses_what_is_not_a_receipt(string json) => Should.Throw<JsonException>(() => ReceiptJson.Read(json));

    [Theory]
    [InlineData("null")]
    [InlineData("""{"flops":null}""")]
    [InlineData("""{"flops":7}""")]
    [InlineData("""{"flops":{"value":null,"unit":"FLOP","source":"counted","how":"?"}}""")]
    [InlineData("""{"flops":{"value":0,"unit":"FLOP","source":"unavailable","how":"?"}}""")]
    [InlineData("""{"flops":{"value":1,"unit":"FLOP","source":"guessed","how":"?"}}""")]
    [InlineData("""{"flops":{"value":"1","unit":"FLOP","source":"counted","how":"?"}}""")]
    [InlineData("""{"flops":{"value":1,"unit":null,"source":"counted","how":"?"}}""")]
    [InlineData("""{"flops":{"value":1,"unit":"FLOP","source":"counted"}}""")]
    public void Refuses_figures_that_are_none(string computation)
    {
        static string Document(string inner) => $$$"""{"schema":"shoestring.receipt/1","work":{"kind":"x"},"computation":{{{inner}}}}""";
        Should.Throw<JsonException>(() => ReceiptJson.Read(Document(computation)));
        ReceiptJson.Read(Document("""{"flops":{"extra":[{}],"value":1,"unit":"FLOP","source":"counted","how":"?"}}""")).Computation.Flops.Value.ShouldBe(1);
    }
}
