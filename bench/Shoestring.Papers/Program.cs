using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shoestring.Papers;

// How fast the catalogue is searched, and how well its classifier does (README of this folder).
var search = new Command("search", "Times searches over many made-up papers");
var papers = new Option<int>("--papers") { DefaultValueFactory = _ => 100_000 };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 7 };
var classify = new Command("classify", "Cross-validates the classifier over the catalogue that comes with the tool");
var choose = new Option<bool>("--choose") { Description = "Compare penalties and balances too" };
var output = new Option<string>("--out") { Required = true, Recursive = true };
search.Add(papers);
search.Add(rounds);
search.SetAction(values => Write(new SearchBench(values.GetValue(papers), values.GetValue(rounds)).Run(), PapersJson.Default.SearchResult, values.GetValue(output)!));
classify.Add(choose);
classify.SetAction(values =>
{
    ClassifyResult result = ClassifyBench.Run(values.GetValue(choose));
    Write(result, PapersJson.Default.ClassifyResult, values.GetValue(output)!);
    File.WriteAllText(Path.ChangeExtension(values.GetValue(output)!, ".svg"), ReliabilityPlot.Draw(result.Score));
});
return new RootCommand("Measures the catalogue of papers") { search, classify, output }.Parse(args).Invoke();

static void Write<T>(T result, JsonTypeInfo<T> type, string path)
{
    string text = JsonSerializer.Serialize(result, type);
    File.WriteAllText(path, text + "\n");
    Console.WriteLine(text);
}
