using System.CommandLine;
using Shoestring.Ablations;

// What each technique of data and distillation does to held-out loss, against its control over several seeds (README of this folder).
var text = new Argument<string>("TEXT") { Description = "plain text whose documents are divided by blank lines" };
var file = new Option<string>("--out") { Description = "results, one cell after the other: a run that was stopped goes on from there", DefaultValueFactory = _ => "ablations.json" };
var threads = new Option<int>("--threads") { DefaultValueFactory = _ => 2 };
var group = new Option<string?>("--group") { Description = "this group alone" };
var steps = new Option<int>("--steps") { Description = "updates of a run; fewer for a trial", DefaultValueFactory = _ => AblationPlan.UsualSteps };
var seeds = new Option<int?>("--seeds") { Description = "seeds of each arm, in place of the plan's" };
var run = new Command("run", "Train every arm with every seed, but those that are there already, and write the table") { text, file, threads, group, steps, seeds };
run.SetAction((parsed, cancellation) =>
{
    AblationFile results = AblationFile.Open(parsed.GetValue(file)!, parsed.GetValue(text)!, parsed.GetValue(steps));
    using var runner = new CellRunner(parsed.GetValue(text)!, parsed.GetValue(steps), parsed.GetValue(threads));
    runner.Run(AblationPlan.Cells(parsed.GetValue(group), parsed.GetValue(seeds)), results, cancellation);
    results.WriteTable();
    return Task.FromResult(cancellation.IsCancellationRequested ? 130 : 0);
});
var existing = new Argument<string>("RESULTS");
var table = new Command("table", "Write the table of results that are there") { existing };
table.SetAction(parsed => AblationFile.Read(parsed.GetValue(existing)!).WriteTable());

// Methods of fine-tuning beside each other, each run in a process of its own.
var model = new Argument<string>("MODEL");
var domain = new Argument<string>("DOMAIN") { Description = "text of what the model was trained on: what it forgets" };
var command = new Option<string>("--command") { Description = "the built command", DefaultValueFactory = _ => "artifacts/bin/Shoestring.Cli/release/shoestring.dll" };
var peftFile = new Option<string>("--out") { DefaultValueFactory = _ => "peft.json" };
var only = new Option<string?>("--arm") { Description = "this method alone" };
var peft = new Command("peft", "Tune a model on TEXT by every method, choose rates on validation text, and write the table") { model, text, domain, command, peftFile, only };
peft.SetAction((parsed, cancellation) =>
{
    var results = new PeftFile(parsed.GetValue(peftFile)!);
    using var runner = new PeftRunner(parsed.GetValue(command)!, parsed.GetValue(model)!, parsed.GetValue(text)!, parsed.GetValue(domain)!);
    runner.Run(results, parsed.GetValue(only), cancellation);
    results.WriteTable();
    return Task.FromResult(cancellation.IsCancellationRequested ? 130 : 0);
});
return new RootCommand("Holds techniques of training against their controls") { run, table, peft }.Parse(args).Invoke();
