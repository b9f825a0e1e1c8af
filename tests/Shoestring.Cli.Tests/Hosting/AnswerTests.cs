using System.Text.Json;
using Shoestring.Metering;

namespace Shoestring.Cli.Tests;

/// <summary>What goes where, and the documents that others rely on.</summary>
public sealed class AnswerTests : IDisposable
{
    readonly Tool tool = new();

    [Fact]
    public void The_answer_goes_to_output_and_the_receipt_to_error()
    {
        Outcome outcome = tool.Run("run", "-p", "Once upon a time", "-n", "5", "--temp", "0");
        outcome.Code.ShouldBe(0);
        outcome.Output.ShouldBe(", a little boy named\n");
        outcome.Error.ShouldStartWith("receipt · run · built-in model · 6 prompt + 5 generated tokens");
        outcome.Error.ShouldContain("computation");
    }

    [Fact]
    public void Quiet_leaves_the_answer_alone()
    {
        Outcome outcome = tool.Run("run", "-p", "Once upon a time", "-n", "5", "--temp", "0", "--quiet");
        outcome.Output.ShouldBe(", a little boy named\n");
        outcome.Error.ShouldBeEmpty();
    }

    [Fact]
    public void Explain_tells_formulas_even_when_quiet()
    {
        tool.Run("tokenize", "-p", "x", "--explain").Error.ShouldContain("E = P₀·t");
        Outcome quiet = tool.Run("tokenize", "-p", "x", "--explain", "--quiet");
        quiet.Error.ShouldContain("E = P₀·t");
        quiet.Error.ShouldNotContain("receipt ·");
    }

    [Fact]
    public void The_region_decides_on_the_carbon()
    {
        double Grams(string region)
        {
            JsonElement json = tool.Run("tokenize", "-p", "x", "--json", "--region", region).Json;
            return Value(json, "energy", "carbonGrams") / Value(json, "energy", "joules");
        }

        Grams("FR").ShouldBeLessThan(Grams("IN"));
    }

    [Fact]
    public void Json_output_is_the_document_alone()
    {
        Outcome outcome = tool.Run("run", "-p", "Once upon a time", "-n", "6", "--temp", "0", "--json");
        outcome.Output.TrimEnd('\n').ShouldNotContain('\n');
        JsonElement json = outcome.Json;
        json.GetProperty("text").GetString().ShouldStartWith(", a little boy named Tim");
        json.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()).ShouldBe([44, 258, 354, 455, 367, 306]);
        json.GetProperty("stopReason").GetString().ShouldBe("length");
        json.GetProperty("timeToFirstTokenSeconds").GetDouble().ShouldBeGreaterThan(0);
        json.GetProperty("decodeTokensPerSecond").GetDouble().ShouldBeGreaterThan(0);
        IsReceipt(json, "run");
        Value(json, "computation", "flops").ShouldBe(json.GetProperty("receipt").GetProperty("computation").GetProperty("flops").GetProperty("predicted").GetDouble());
    }

    [Fact]
    public void A_stop_text_ends_the_answer()
    {
        JsonElement json = tool.Run("run", "-p", "Once upon a time", "--temp", "0", "--stop", "boy", "--json").Json;
        json.GetProperty("text").GetString().ShouldBe(", a little ");
        json.GetProperty("stopReason").GetString().ShouldBe("stop");
    }

    [Fact]
    public void The_same_seed_gives_the_same_text()
    {
        string Text(string seed) => tool.Run("run", "-p", "The", "-n", "24", "--seed", seed, "--quiet").Output;
        Text("3").ShouldBe(Text("3"));
        Text("3").ShouldNotBe(Text("4"));
    }

    [Fact]
    public void Tokenize_has_ids_and_pieces()
    {
        JsonElement json = tool.Run("tokenize", "-p", "Once upon a time", "--json").Json;
        json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ShouldBe([2047, 317, 334, 390, 258, 362]);
        json.GetProperty("pieces").GetArrayLength().ShouldBe(6);
        IsReceipt(json, "tokenize");
    }

    [Fact]
    public void Inspect_has_every_tensor()
    {
        JsonElement json = tool.Run("inspect", "--json").Json;
        json.GetProperty("architecture").GetString().ShouldBe("llama");
        json.GetProperty("parameters").GetInt64().ShouldBe(2164416);
        json.GetProperty("fileBytes").GetInt64().ShouldBe(2368608);
        json.GetProperty("contextLength").GetInt32().ShouldBe(320);
        json.GetProperty("kvBytesPerToken").GetInt64().ShouldBe(4 * 2 * 6 * 32 * 2);
        json.GetProperty("flopsPerToken").GetInt64().ShouldBeGreaterThan(2 * 2_100_000);
        JsonElement embedding = json.GetProperty("tensors").EnumerateArray().Single(tensor => tensor.GetProperty("name").GetString() == "token_embd.weight");
        embedding.GetProperty("shape").EnumerateArray().Select(extent => extent.GetInt32()).ShouldBe([192, 2048]);
        embedding.GetProperty("type").GetString().ShouldBe("Q8_0");
        embedding.GetProperty("bytes").GetInt64().ShouldBe(192 * 2048 / 32 * 34);
        IsReceipt(json, "inspect");
    }

    // Stories of its teacher that it was not trained on, one after the other, which it never saw.
    [Fact]
    public void Perplexity_is_scored_on_the_built_in_text()
    {
        JsonElement json = tool.Run("perplexity", "--chunks", "4", "--json").Json;
        json.GetProperty("tokens").GetInt32().ShouldBe(4 * 159);
        json.GetProperty("chunks").GetInt32().ShouldBe(4);
        json.GetProperty("perplexity").GetDouble().ShouldBeInRange(5.5, 9);
        json.GetProperty("standardError").GetDouble().ShouldBeInRange(0.01, 1);
        IsReceipt(json, "perplexity");
        Value(json, "quality", "perplexity").ShouldBe(json.GetProperty("perplexity").GetDouble());
    }

    [Fact]
    public void Bench_has_rates_and_the_machine()
    {
        JsonElement json = tool.Run("bench", "--prompt-tokens", "16", "--generate-tokens", "4", "--batch", "1,3", "--repeat", "3", "--json").Json;
        foreach (string name in (string[])["prefillTokensPerSecond", "decodeTokensPerSecond"])
        {
            JsonElement rate = json.GetProperty(name);
            rate.GetProperty("median").GetDouble().ShouldBeInRange(rate.GetProperty("min").GetDouble(), rate.GetProperty("max").GetDouble());
        }

        json.GetProperty("batched").EnumerateArray().Select(one => one.GetProperty("batch").GetInt32()).ShouldBe([1, 3]);
        json.GetProperty("machine").GetProperty("processor").GetString().ShouldNotBeNullOrEmpty();
        IsReceipt(json, "bench");
    }

    [Fact]
    public void Doctor_tells_kernels_and_why_energy_is_what_it_is()
    {
        JsonElement json = tool.Run("doctor", "--json").Json;
        json.GetProperty("kernels").GetString().ShouldBe(Simd.Chosen.ToString());
        json.GetProperty("energyHow").GetString().ShouldNotBeNullOrEmpty();
        json.GetProperty("noMachineReason").GetString()!.ShouldContain("bench --machine");
        IsReceipt(json, "doctor");
        tool.Run("doctor").Output.ShouldContain("instruction sets");
    }

    [Fact]
    public void Techniques_have_claims_options_and_papers()
    {
        JsonElement technique = tool.Run("techniques", "quantize", "--json").Json.GetProperty("techniques").EnumerateArray().Single();
        technique.GetProperty("claims").GetArrayLength().ShouldBe(5);
        technique.GetProperty("options").GetArrayLength().ShouldBe(4);
        technique.GetProperty("papers").GetArrayLength().ShouldBeGreaterThan(0);
        tool.Run("techniques").Output.ShouldContain("Hardware offloading");
        tool.Run("techniques", "frob").Fault.ShouldContain("quantize");
    }

    static double Value(JsonElement json, string section, string figure) =>
        json.GetProperty("receipt").GetProperty(section).GetProperty(figure).GetProperty("value").GetDouble();

    static void IsReceipt(JsonElement json, string kind)
    {
        Receipt receipt = ReceiptJson.Read(json.GetProperty("receipt").GetRawText());
        receipt.Work.Kind.ShouldBe(kind);
        receipt.Computation.Seconds.Value.ShouldNotBeNull();
        receipt.Memory.PeakResidentBytes.Value.ShouldNotBeNull();
        receipt.Energy.Joules.Value.ShouldNotBeNull();
        receipt.Money.Dollars.Value.ShouldNotBeNull();
    }

    public void Dispose() => tool.Dispose();
}
