using System.CommandLine;
using Shoestring.Harvest;

var files = new Option<int>("--files") { Description = "files of 50 kB", DefaultValueFactory = _ => 2000 };
var large = new Option<long>("--large") { Description = "bytes of the one large file", DefaultValueFactory = _ => 2_000_000_000 };
var rounds = new Option<int>("--rounds") { Description = "rounds that count", DefaultValueFactory = _ => 7 };
var output = new Option<string?>("--out") { Description = "result file; results/<machine>/harvest.json without" };
var root = new RootCommand("Times the harvester against aria2 and wget on nginx, in alternation, and a large file's memory.") { files, large, rounds, output };
root.SetAction(parsed =>
{
    var work = Directory.CreateTempSubdirectory("shoestring-bench-").FullName;
    try
    {
        var result = Measurement.Run(work, parsed.GetValue(files), parsed.GetValue(large), parsed.GetValue(rounds));
        var path = parsed.GetValue(output) ?? Path.Combine("results", result.Machine.Name, "harvest.json");
        result.Write(path);
        result.Print(Console.Out);
        Console.WriteLine(path);
        return result.Goals.All(goal => goal.IsMet) ? 0 : 1;
    }
    finally
    {
        Directory.Delete(work, recursive: true);
    }
});
return root.Parse(args).Invoke();
