using System.CommandLine;
using System.Text.Json;
using Shoestring.Experiments;
using Shoestring.Tensors;

// How much of the front a search finds, and at what share of the cost of measuring everything (README of this folder).
var model = new Argument<string>("MODEL");
var calibration = new Argument<string>("CALIBRATION");
var text = new Argument<string>("TEXT");
var heldOut = new Argument<string>("HELD-OUT");
var space = new Argument<string>("SPACE");
var table = new Argument<string>("TABLE");
var context = new Option<int>("--context") { DefaultValueFactory = _ => 128 };
var root = new RootCommand("Holds the search against measuring everything");

var declare = new Command("declare", "Print the space that optimize searches for a model") { model };
declare.SetAction(parsed =>
{
    using GgufFile file = GgufFile.Open(parsed.GetValue(model)!);
    foreach (CandidatePlan plan in CandidateSpace.For(file, hasCalibration: true).Plans)
    {
        Console.WriteLine(string.Join(' ', plan.Techniques));
    }
});
root.Add(declare);

var measure = new Command("measure", "Measure every point of a declared space") { model, calibration, text, heldOut, space, table, context };
measure.SetAction(parsed =>
{
    SpaceTable measured = new BruteForce(parsed.GetValue(model)!, parsed.GetValue(calibration)!, parsed.GetValue(text)!, parsed.GetValue(heldOut)!, parsed.GetValue(space)!, parsed.GetValue(context)).Run();
    File.WriteAllText(parsed.GetValue(table)!, JsonSerializer.Serialize(measured, SearchJson.Default.SpaceTable));
});
root.Add(measure);

var seeds = new Option<int>("--seeds") { DefaultValueFactory = _ => 20 };
var output = new Option<string?>("--out");
var contest = new Command("contest", "Search a measured space with many seeds, beside random search") { table, seeds, output };
contest.SetAction(parsed =>
{
    SpaceTable measured = JsonSerializer.Deserialize(File.ReadAllText(parsed.GetValue(table)!), SearchJson.Default.SpaceTable)!;
    string result = JsonSerializer.Serialize(new Contest(measured, parsed.GetValue(seeds)).Run(), SearchJson.Default.ContestResult);
    Console.WriteLine(result);
    if (parsed.GetValue(output) is { } file)
    {
        File.WriteAllText(file, result + "\n");
    }
});
root.Add(contest);
return root.Parse(args).Invoke();
