using System.CommandLine;

namespace Shoestring.Peers;

/// <summary>The verb <c>sparse</c>.</summary>
static class SparseCommand
{
    public static Command Create()
    {
        var blocks = new Option<int>("--blocks") { Description = "blocks of a 1.1B model that are gone through, so that no cache holds them", DefaultValueFactory = _ => 8 };
        var rows = new Option<int[]>("--rows") { Description = "numbers of activation rows", DefaultValueFactory = _ => [1, 128], AllowMultipleArgumentsPerToken = true };
        var rounds = new Option<int>("--rounds") { Description = "rounds that count", DefaultValueFactory = _ => 9 };
        var threads = new Option<int>("--threads") { Description = "threads", DefaultValueFactory = _ => 2 };
        var output = new Option<string?>("--out") { Description = "result file; results/<machine>/sparse.json without" };
        var command = new Command("sparse", "Times products with 2:4 sparse weights against dense ones of the same shapes.") { blocks, rows, rounds, threads, output };
        command.SetAction(parsed =>
        {
            var result = SparseMeasurement.Run(parsed.GetValue(blocks), parsed.GetValue(rows)!, parsed.GetValue(rounds), parsed.GetValue(threads));
            var path = parsed.GetValue(output) ?? Path.Combine("results", result.Machine.Name, "sparse.json");
            result.Write(path);
            result.Print(Console.Out);
            Console.WriteLine(path);
            return 0;
        });
        return command;
    }
}
