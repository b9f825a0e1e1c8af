using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Answers a task's questions by log-likelihood.</summary>
sealed class EvaluateVerb : Verb
{
    static readonly string tasks = string.Join(", ", EvaluationTasks.All.Select(task => task.Name));

    readonly Argument<string?> model = ModelReference.Argument();
    readonly Option<string?> task = Values.Text("--task", $"The task: {tasks}", "TASK");
    readonly Option<string?> data = Values.Text("--data", "Its data: a file of JSON Lines, or a folder of .jsonl files", "PATH");
    readonly Option<int?> limit = Values.Integer("--limit", "Most items of each file (default: all)", 1);
    readonly Option<string?> against = Values.Text("--against", "The original: adds the paired difference to it, and the share of items decided alike", "MODEL");
    readonly Option<string?> perturb = Values.Text("--perturb", $"Also score with what is given perturbed: {string.Join(", ", Perturbation.Known)}", "KIND");
    readonly Option<float?> rate = Values.Real("--perturb-rate", "Share of words, or of letters, that are perturbed (default 0.1)", "P", 0, 1);
    readonly AdapterValues adapters = new();
    readonly Option<int?> context = Values.Integer("--context", "Positions of a text; longer ones are cut from the left (default: what the model was trained for)", 2, 1 << 20, "-c");

    public EvaluateVerb() : base("evaluate", "Answer a task's questions by log-likelihood: accuracy with its interval, loyalty to an original, robustness",
        new Example("shoestring evaluate model.gguf --task blimp --data blimp/", "grammar, by phenomenon"),
        new Example("shoestring evaluate model.gguf --task lambada --data lambada_test.jsonl --limit 500", "the last word of passages"),
        new Example("shoestring evaluate small.gguf --task piqa --data piqa.jsonl --against model.gguf", "what compressing has changed"),
        new Example("shoestring evaluate model.gguf --task arc --data arc.jsonl --perturb all --seed 1 --json", "with typos, and with case flipped"))
    {
        Add(model);
        foreach (Option option in (Option[])[task, data, limit, against, perturb, rate, context, .. adapters.All])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        EvaluationTask chosen = EvaluationTasks.Find(Needed(session, task, $"use one of {tasks}"));
        string path = Needed(session, data, $"name a file of which a line is {chosen.Shape}");
        IReadOnlyList<Perturbation> perturbations = Perturbations(session);
        IReadOnlyList<EvaluationItem>[] items = EvaluationData.Read(chosen, path, session.Value(limit), perturbations, session.Seed);
        ModelReference reference = ModelReference.Of(session, model);
        ModelReference? original = session.Value(against) is { } named ? ModelReference.Of(session, named) : null;

        // What is wrong with it shows before the work, not after half of it.
        original?.Open().Dispose();
        var run = new EvaluateRun(session, chosen, items, session.Value(context));
        IReadOnlyList<EvaluationResult> results = run.Score(reference, items.Length, adapters);
        var report = new EvaluateReport(results, perturbations)
        {
            Original = original?.Name,
            OriginalResult = original is null ? null : run.Score(original, 1, null)[0],
            Truncated = run.Truncated,
        };
        return new Answer(run.Report(reference.Name, results[0]), report.Fields)
        {
            Text = output => report.Write(output, session.Host),
            Prediction = new Prediction { Cost = run.Predicted },
        };
    }

    static string Needed(Session session, Option<string?> option, string cure) => session.Value(option) switch
    {
        null => throw new InputException("it is not given", option.Name, cure),
        "" => throw new InputException("it is empty", option.Name, cure),
        var value => value,
    };

    IReadOnlyList<Perturbation> Perturbations(Session session) => (session.Value(perturb), session.Value(rate)) switch
    {
        (null, null) => [],
        (null, _) => throw new InputException("nothing is perturbed", rate.Name, $"add --perturb with one of {string.Join(", ", Perturbation.Known)}"),

        // Through decimal, so that 0.1 stays 0.1.
        (string kind, var given) => Perturbation.Find(kind, given is { } share ? (double)(decimal)share : null),
    };
}
