using System.CommandLine;
using System.Text.Json;
using Shoestring.TrainingSpeed;

var rows = new Option<int>("--rows") { Description = "rows of a batch, in documents of 256", DefaultValueFactory = _ => 4096 };
var rounds = new Option<int>("--rounds") { Description = "rounds that count", DefaultValueFactory = _ => 15 };
var threads = new Option<int>("--threads") { Description = "threads", DefaultValueFactory = _ => 2 };
var products = new Command("products", "Rates of a training step's kernels at the shapes of an 11 M model, beside what the machine's multiply-add units do in the same rounds.")
{
    rows, rounds, threads,
};
products.SetAction(parsed => new ProductMeasurement(parsed.GetValue(rows), parsed.GetValue(threads)).Run(parsed.GetValue(rounds), Console.Out));

var parts = new Command("parts", "What a training step of an 11 M model is made of, operation by operation.") { rounds, threads };
parts.SetAction(parsed => new PartMeasurement(parsed.GetValue(threads)).Run(parsed.GetValue(rounds), Console.Out));

var steps = new Option<int>("--steps") { Description = "timed steps of a process", DefaultValueFactory = _ => 5 };
var stepRounds = new Option<int>("--rounds") { Description = "rounds", DefaultValueFactory = _ => 7 };
var output = new Option<string?>("--out") { Description = "result file; results/<machine>/training-speed.json without" };
var step = new Command("step", "Whole training steps of an 11 M model against TorchSharp's, and the peak memory of each, in processes that take turns.") { threads, stepRounds, steps, output };
step.SetAction(parsed =>
{
    StepResult result = new StepMeasurement(parsed.GetValue(threads), parsed.GetValue(stepRounds), parsed.GetValue(steps)).Run(Console.Error);
    string path = parsed.GetValue(output) ?? Path.Combine("results", result.Machine.Name, "training-speed.json");
    result.Write(path);
    result.Print(Console.Out);
    Console.WriteLine(path);
});

var name = new Argument<string>("SIDE") { Description = string.Join(", ", StepSide.Names) };
var side = new Command("side", "One side alone, which is what step runs in a process of its own; prints JSON.") { name, threads, steps };
side.SetAction(parsed => Console.WriteLine(JsonSerializer.Serialize(StepSide.Run(parsed.GetValue(name)!, parsed.GetValue(threads), parsed.GetValue(steps)), StepJson.Default.SideRun)));

var text = new Option<string>("--text") { Description = "text to train on", Required = true };
var seconds = new Option<double>("--seconds") { Description = "how long a run should take, about", DefaultValueFactory = _ => 8 };
var leastSteps = new Option<long>("--least-steps") { Description = "fewest steps of a run", DefaultValueFactory = _ => 12 };
var shapes = new Option<string[]>("--shape") { Description = "only these shapes: small, 11M, gpt2", DefaultValueFactory = _ => [] };
var predictions = new Command("predictions", "What the command predicts of memory and time, by method and shape, against what its receipts say.") { text, threads, seconds, leastSteps, shapes, output };
predictions.SetAction(parsed =>
{
    using PredictionMeasurement measurement = new(Path.GetFullPath(parsed.GetValue(text)!), parsed.GetValue(threads), parsed.GetValue(seconds), parsed.GetValue(leastSteps), parsed.GetValue(shapes)!);
    PredictionResult result = measurement.Run(Console.Error);
    string path = parsed.GetValue(output) ?? Path.Combine("results", result.Machine.Name, "training-predictions.json");
    result.Write(path);
    result.Print(Console.Out);
    Console.WriteLine(path);
});

return new RootCommand("Measures training.") { products, parts, step, side, predictions }.Parse(args).Invoke();
