using Shoestring.Models;

namespace Shoestring.Cli;

/// <summary>Searches techniques for a model, measures them, and writes the report and the chosen model.</summary>
sealed class OptimizeVerb : Verb
{
    const string UsualFolder = "shoestring-optimize";

    readonly Argument<string?> model = ModelReference.Argument();
    readonly Option<string?> budget = Values.Text("--budget", "What the result must meet, by the receipt's names: \"peakResidentBytes<=400MB, quality>=99%\" (default quality>=99%)", "BUDGET");
    readonly Option<string?> text = Values.Text("--text", "The text to score on, that nothing was fitted to (default: the built-in text)", "FILE");
    readonly Option<string?> calibration = Values.Text("--calibration", "Text for techniques to fit to; without --text its last quarter is what is scored on (the built-in model has one)", "FILE");
    readonly Option<TimeSpan?> time = Duration.Option("--time-budget", "How long the search may take, as 60s or 10m");
    readonly Option<int?> context = Values.Integer("--context", "Tokens of a chunk to score (default: what the model was trained for, at most 512)", 4, 1 << 20, "-c");
    readonly Option<string?> output = Values.Text("--output", $"Folder for report, result and model (default {UsualFolder}/)", "DIR", "-o");

    public OptimizeVerb() : base("optimize", "Search techniques for a model: measure each, print the best trade-offs, write a report and the chosen model",
        new Example("shoestring optimize", "the built-in model on its own text"),
        new Example("shoestring optimize model.gguf --calibration text.txt", "the smallest with 99 % of the quality"),
        new Example("shoestring optimize folder --text held-out.txt", "a folder with safetensors, or a llama2.c file, converted first"),
        new Example("shoestring optimize model.gguf --text held-out.txt --budget \"storedBytes<=300MB, quality>=98%\" --time-budget 10m -o small", "as you need it"))
    {
        Add(model);
        foreach (Option option in (Option[])[budget, text, calibration, time, context, output])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        Budget asked = Budget.Parse(session.Value(budget));
        ModelReference reference = ModelReference.Of(session, model);
        HeldOutText texts = HeldOutText.Of(session.Value(text), session.Value(calibration), reference.Path is null);
        string folder = OutputFolder.Create(session.Value(output) ?? UsualFolder);
        string path = reference.OnDisk(session);
        using ConvertedFirst converted = ConvertedFirst.Open(session, path, folder);
        var search = new OptimizeRun(session, converted.File, reference.Name, texts.Scored, asked, folder)
        {
            Calibration = texts.Calibration,
            CalibrationPath = session.Value(calibration) ?? texts.Calibration?.Name,
            ModelPath = path,
            Time = session.Value(time),
            Context = session.Value(context),
            TextPath = session.Value(text) ?? session.Value(calibration) ?? texts.Scored.Name,
        };
        return search.Run();
    }
}
