using Shoestring.Models;
using Shoestring.Techniques;
using Shoestring.Training;

namespace Shoestring.Cli;

/// <summary>Trains a model on.</summary>
sealed class TuneVerb : Verb
{
    // As many updates as show whether a method works on a text; more is asked for.
    const int UsualSteps = 200;

    readonly Argument<string?> model = ModelReference.Argument();
    readonly Option<string?> data = Values.Text("--data", "Text, JSON Lines or JSON to train on: plain text, records with a text field, Alpaca instructions or chats", "FILE");
    readonly Option<string?> format = Values.Text("--data-format", "auto, text, records, instructions or chat (default auto)", "FORMAT");
    readonly Option<string?> division = Values.Text("--division", "What divides documents of plain text: auto, blank-line, marker or none (default auto)", "HOW");
    readonly TechniqueValues techniques = new(" (default adamw; shoestring techniques lists those for pre-training and fine-tuning)");
    readonly Option<int?> steps = Values.Integer("--steps", $"Updates (default {UsualSteps})", 1);
    readonly Option<float?> rate = Values.Real("--learning-rate", "The highest learning rate (default: the method's)", "R", 0, 100);
    readonly Option<string?> schedule = Values.Text("--schedule", "constant, linear, cosine or wsd (default cosine)", "KIND");
    readonly Option<int?> context = Values.Integer("--context", "Tokens of a document that see each other (default: 256, or the trained length where that is less)", 2, 1 << 20);
    readonly Option<int?> rows = Values.Integer("--batch-tokens", "Tokens of a batch (default 2048)", 2, 1 << 24);
    readonly Option<int?> accumulation = Values.Integer("--accumulate", "Batches to an update (default 1)", 1, 1 << 16);
    readonly Option<int?> evaluate = Values.Integer("--evaluate-every", "Steps between evaluations on held-out text (default: a tenth of all)", 0);
    readonly Option<int?> patience = Values.Integer("--patience", "Evaluations without a new best before it stops (default: none stops it)", 0);
    readonly Option<int?> checkpoint = Values.Integer("--checkpoint-every", "Steps between checkpoints (default 100)", 0);
    readonly Option<float?> heldOut = Values.Real("--held-out", "Share of the text to judge by (default 0.05)", "SHARE", 0, 0.9f);
    readonly Option<string?> written = Values.Text("--format", "Format of the written matrices, as F16 or Q8_0 (default: the model's own)", "FORMAT");
    readonly Option<bool> skipBad = Values.Flag("--skip-bad", "Count records that cannot be read and pass them over");
    readonly TrainingValues training = new("shoestring-tune");

    public TuneVerb() : base("tune", "Train a model on with text of your own",
        new Example("shoestring tune model.gguf --data text.txt", "all weights, by AdamW"),
        new Example("shoestring tune model.gguf --data alpaca.json -t lora:rank=8,alpha=16 --steps 500 -o tuned", "an adapter by LoRA, loss on the answers alone"),
        new Example("shoestring tune model.gguf --data text.txt -t dora --merge", "DoRA, as a PEFT folder and merged into a model"),
        new Example("shoestring tune model.gguf --data text.txt -t lomo -t checkpointing --dry-run", "what it would hold and cost"))
    {
        Add(model);
        foreach (Option option in (Option[])[data, format, division, .. techniques.All, steps, rate, schedule, context, rows, accumulation, evaluate, patience, checkpoint, heldOut, written, skipBad, .. training.All])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        ModelReference reference = ModelReference.Of(session, model);
        string text = session.Value(data) ?? throw new InputException("no text is given", "--data", "name a file to train on");
        return training.Of(session, Recipe(session, reference, text), "tune").Run();
    }

    TrainingRecipe Recipe(Session session, ModelReference reference, string text)
    {
        string path = reference.OnDisk(session);
        int updates = session.Value(steps) ?? UsualSteps;
        return new TrainingRecipe
        {
            Start = path,
            Data = new DataRecipe
            {
                File = text,
                Format = session.Value(format) ?? "auto",
                Division = session.Value(division) ?? "auto",
                HeldOut = session.Value(heldOut) ?? 0.05,
                SkipBad = session.Value(skipBad),
            },
            Methods = [.. techniques.Of(session).Select(call => call.ToString())],
            Steps = updates,
            LearningRate = session.Value(rate),
            Schedule = session.Value(schedule) ?? "cosine",
            Context = session.Value(context) ?? UsualContext(path),
            BatchRows = session.Value(rows) ?? 2048,
            Accumulation = session.Value(accumulation) ?? 1,
            EvaluateEvery = session.Value(evaluate) ?? Math.Max(1, updates / 10),
            Patience = session.Value(patience) ?? 0,
            CheckpointEvery = session.Value(checkpoint) ?? 100,
            Format = session.Value(written),
            Seed = session.Seed,
        };
    }

    static int UsualContext(string path)
    {
        using ModelFile file = ModelFiles.Open(path);
        return Math.Min(256, ConfigurationReader.Read(file).ContextLength);
    }
}
