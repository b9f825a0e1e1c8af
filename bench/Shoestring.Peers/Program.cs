using System.CommandLine;
using Shoestring.LlamaCpp;
using Shoestring.Peers;

var model = new Argument<string>("model") { Description = "GGUF file that every side loads" };
var prompt = new Option<int>("--prompt-tokens") { Description = "tokens of a prefill", DefaultValueFactory = _ => 512 };
var generate = new Option<int>("--generate-tokens") { Description = "tokens each sequence decodes", DefaultValueFactory = _ => 64 };
var batches = new Option<int[]>("--batch") { Description = "numbers of sequences", DefaultValueFactory = _ => [1, 4, 8], AllowMultipleArgumentsPerToken = true };
var rounds = new Option<int>("--rounds") { Description = "rounds that count", DefaultValueFactory = _ => 5 };
var threads = new Option<int>("--threads") { Description = "threads of each side", DefaultValueFactory = _ => 2 };
var cpu = new Option<string?>("--llama-cpu") { Description = "build of llama.cpp's CPU backend, such as haswell; the best one without" };
var output = new Option<string?>("--out") { Description = "result file; results/<machine>/peers-<model>.json without" };
var root = new RootCommand("Times engines against each other on one model, in alternation.")
{
    model, prompt, generate, batches, rounds, threads, cpu, output,
};
root.SetAction(parsed =>
{
    LlamaRuntime.Start(parsed.GetValue(cpu));
    var workload = new Workload(
        parsed.GetValue(prompt), parsed.GetValue(generate), parsed.GetValue(batches)!, parsed.GetValue(rounds), parsed.GetValue(threads));
    var result = Measurement.Run(parsed.GetValue(model)!, workload);
    var path = parsed.GetValue(output)
        ?? Path.Combine("results", result.Machine.Name, $"peers-{Path.GetFileNameWithoutExtension(result.Model)}.json");
    result.Write(path);
    result.Print(Console.Out);
    Console.WriteLine(path);
    return 0;
});
root.Subcommands.Add(StartCommand.Create());
root.Subcommands.Add(SparseCommand.Create());
return root.Parse(args).Invoke();
