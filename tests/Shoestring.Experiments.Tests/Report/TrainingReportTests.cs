using Shoestring.Metering;
using Shoestring.Training;

namespace Shoestring.Experiments.Tests;

public class TrainingReportTests
{
    static TrainingReport Sample(string name = "models/start.gguf", int steps = 500)
    {
        var history = new TrainingHistory();
        history.Losses.AddRange(Enumerable.Range(0, steps).Select(step => 5 - (4.0 * step / steps)));
        history.HeldOut.AddRange([new HeldOutLoss(0, 5.25), new HeldOutLoss(steps, 1.5)]);
        var recipe = new TrainingRecipe { Start = name, Data = new DataRecipe { File = "text.txt" }, Methods = ["lora:rank=4"], Steps = steps };
        return new TrainingReport(name, recipe, history, new Receipt
        {
            Work = new Work("tune", 12_000),
            Computation = new ComputationFigures { Seconds = Figure.Measured(8, Units.Seconds, "clock").WithPrediction(10) },
        })
        {
            End = "done",
            KeptHeldOutLoss = history.HeldOut[^1].Loss,
            Steps = steps,
            Learned = 1_000,
            Parameters = 50_000,
            Files = ["tuned/model.gguf"],
            Notes = ["2 records were passed over"],
            Version = "1.2.3",
            Time = DateTimeOffset.UnixEpoch,
        };
    }

    [Fact]
    public void Tells_what_came_of_it_what_was_predicted_and_how_to_get_it_again()
    {
        string page = Sample().Page();
        page.ShouldContain("Held-out loss 5.250 to 1.500");
        page.ShouldContain("1,000 of 50,000 weights learned (2 %)");
        page.ShouldContain("+25.0 %");
        page.ShouldContain("2 records were passed over");
        page.ShouldContain("training from 4.992 to 1.012; held out from 5.250 to 1.500");
        page.ShouldContain("&quot;methods&quot;:[&quot;lora:rank=4&quot;]");
        page.ShouldNotContain("<script");
    }

    [Fact]
    public void A_run_of_one_step_has_no_curve() => Sample(steps: 1).Page().ShouldNotContain("<svg");

    [Fact]
    public void Names_are_text() => Sample("<img src=x onerror=alert(1)>.gguf").Page().ShouldNotContain("<img");

    [Fact]
    public void Losses_that_are_no_numbers_are_left_out_of_the_curve()
    {
        TrainingReport sample = Sample();
        sample.History.Losses[250] = double.NaN;
        sample.Page().ShouldNotContain("NaN,");
    }
}
