using System.CommandLine;
using Shoestring.TrainingSpeed;

var rows = new Option<int>("--rows") { Description = "rows of a batch, in documents of 256", DefaultValueFactory = _ => 4096 };
var rounds = new Option<int>("--rounds") { Description = "rounds that count", DefaultValueFactory = _ => 15 };
var threads = new Option<int>("--threads") { Description = "threads", DefaultValueFactory = _ => 2 };
var products = new Command("products", "Rates of a training step's kernels at the shapes of an 11 M model, beside what the machine's multiply-add units do in the same rounds.")
{
    rows, rounds, threads,
};
products.SetAction(parsed => new ProductMeasurement(parsed.GetValue(rows), parsed.GetValue(threads)).Run(parsed.GetValue(rounds), Console.Out));
return new RootCommand("Measures the kernels of training.") { products }.Parse(args).Invoke();
