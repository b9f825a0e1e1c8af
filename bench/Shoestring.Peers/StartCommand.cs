using System.CommandLine;

namespace Shoestring.Peers;

/// <summary>The verb <c>starts</c>.</summary>
static class StartCommand
{
    public static Command Create()
    {
        var large = new Argument<string>("large") { Description = "GGUF file of about a billion parameters, started cold" };
        var small = new Argument<string>("small") { Description = "GGUF file of some million parameters, started from the page cache" };
        var rounds = new Option<int>("--rounds") { Description = "rounds that count", DefaultValueFactory = _ => 5 };
        var output = new Option<string?>("--out") { Description = "result file; results/<machine>/starts.json without" };
        var command = new Command("starts", "Builds the command both ways, and times process start to first token, cold and warm.") { large, small, rounds, output };
        command.SetAction(parsed =>
        {
            var result = StartMeasurement.Run(parsed.GetValue(large)!, parsed.GetValue(small)!, parsed.GetValue(rounds));
            var path = parsed.GetValue(output) ?? Path.Combine("results", result.Machine.Name, "starts.json");
            result.Write(path);
            result.Print(Console.Out);
            Console.WriteLine(path);
            return result.Goals.All(goal => goal.Met) ? 0 : 1;
        });
        return command;
    }
}
