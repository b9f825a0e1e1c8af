using Shoestring.Techniques;
using Shoestring.Training;

namespace Shoestring.Cli;

/// <summary>One run of training, from its recipe to the files that it leaves.</summary>
sealed class TrainingRun(Session session, TrainingRecipe recipe, string folder, string kind)
{
    /// <summary>What a written model is called.</summary>
    public const string ModelName = "model.gguf";

    const string CheckpointName = "checkpoint.safetensors", BestName = "best.gguf", BestFolder = "best", HistoryName = "history.json";

    /// <summary>Whether to tell what it will take and stop there.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whether to go on from the folder's checkpoint.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether the whole model is written too where an adapter was trained.</summary>
    public bool Merge { get; init; }

    /// <summary>Whether an adapter is written as a PEFT folder too.</summary>
    public bool Peft { get; init; }

    string Name => recipe.Start ?? "a new model";

    /// <summary>Trains and writes the model.</summary>
    public Answer Run()
    {
        using var pool = new WorkerPool(session.Threads);
        using ModelFile? start = recipe.Start is { } path ? ModelFiles.Open(path) : null;
        using var run = PreparedRun.Prepare(recipe, TrainingCalls.Methods(recipe.Methods, recipe.Seed), start, Identity(), pool);
        if ((Merge || start is null) && !run.Methods.IsMergeable)
        {
            throw new InputException("no weights of a model do what such an adapter does", start is null ? "recipe" : "--merge", "train it beside a model that is there, and attach it by --adapter");
        }

        MeterOptions meter = MeterOptions.FromUser(session.Threads, session.Region, session.Host.Folders);
        var forecast = new TrainingPrediction(run, meter, Name, kind);
        forecast.Check();
        string checkpoint = DryRun ? "" : Begin(run);
        session.Note(string.Create(CultureInfo.InvariantCulture, $"{run.TrainingTokens:N0} tokens to train on and {run.HeldOutTokens:N0} to judge by; {forecast.Learned:N0} of {forecast.Parameters:N0} weights learn"));
        WarnOfBadRecords(run);
        foreach (DataStep step in run.DataSteps)
        {
            session.Note(step.ToString());
        }

        return DryRun ? forecast.Answer(session.Explain) : Train(run, start, forecast, meter, checkpoint);
    }

    Answer Train(PreparedRun run, ModelFile? start, TrainingPrediction forecast, MeterOptions meter, string checkpoint)
    {
        if (run.Trainer.State.Step > 0)
        {
            session.Note($"going on after step {run.Trainer.State.Step}");
        }

        string target = Path.GetDirectoryName(checkpoint)!;
        run.Checkpoint = () => run.File.Save(checkpoint, run.Trainer.State, run.Trainer.History);
        run.Best = () => KeepBest(run, start, target);
        TrainingEnd end;
        try
        {
            end = TrainingShow.Follow(session, run, meter, () => run.Trainer.Run(session.Cancellation));
        }
        catch (TrainingDivergedException lost)
        {
            throw new JobFailedException(lost.Message);
        }

        IReadOnlyList<string> written = [];
        if (end == TrainingEnd.Interrupted)
        {
            session.Note($"stopped after step {run.Trainer.State.Step}; --resume goes on from there");
        }
        else
        {
            written = Keep(run, start, target);
            File.Delete(checkpoint);
        }

        return new TrainingAnswer(run, end, target, written).Of(kind, Name, forecast);
    }

    // Goes on where that is asked for, and never overwrites what was stopped. Returns where checkpoints go.
    string Begin(PreparedRun run)
    {
        string target = OutputFolder.Create(folder), checkpoint = Path.Combine(target, CheckpointName);
        bool exists = File.Exists(checkpoint);
        if (Resume && !exists)
        {
            throw new InputException("there is no checkpoint to go on from", folder, "leave out --resume");
        }

        if (exists && !Resume)
        {
            throw new InputException("a run was stopped there", folder, "go on with --resume, delete its checkpoint, or name another folder");
        }

        string best = Path.Combine(target, BestName);
        if (Resume)
        {
            run.Trainer.Resume(run.File, checkpoint);
            if (run.KeepsBest && !(IsAdapter(run) ? Directory.Exists(Path.Combine(target, BestFolder)) : File.Exists(best)))
            {
                throw new InputException("the best model so far is missing", best, "delete the checkpoint and train again");
            }
        }
        else
        {
            File.Delete(best);
            Remove(Path.Combine(target, BestFolder));
        }

        RemoveUnfinished(target);
        return checkpoint;
    }

    static void Remove(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    // A process that was killed while it wrote left a part of a file under a name of its own.
    static void RemoveUnfinished(string target)
    {
        foreach (string part in Directory.GetFiles(target, ".*.tmp").Where(path => Guid.TryParseExact(Path.GetFileNameWithoutExtension(path)[1..], "N", out _)))
        {
            File.Delete(part);
        }
    }

    IReadOnlyList<string> Keep(PreparedRun run, ModelFile? start, string target)
    {
        IReadOnlyList<string> written = run.KeepsBest ? TakeBest(run, target) : Write(run, start, target);
        UserFiles.Write(Path.Combine(target, HistoryName), writer => writer.WriteLine(JsonAnswer.Document(json =>
        {
            json.Array("losses", run.Trainer.History.Losses, json.WriteNumberValue);
            json.Objects("heldOut", run.Trainer.History.HeldOut, seen =>
            {
                json.WriteNumber("step", seen.Step);
                json.Number("loss", seen.Loss);
            });
        })));
        return written;
    }

    // An adapter is what was asked for, and of use beside the model that it was trained on; a new model's random weights are nowhere else.
    bool IsAdapter(PreparedRun run) => run.Model.Adapter is not null && recipe.Start is not null;

    List<string> Write(PreparedRun run, ModelFile? start, string target)
    {
        List<string> written = [];
        if (IsAdapter(run))
        {
            written.AddRange(run.SaveAdapter(target, Peft));
        }

        if (written.Count == 0 || Merge)
        {
            written.Add(Path.Combine(target, ModelName));
            run.Save(written[^1], Setup(start).ToJson());
        }

        return written;
    }

    void KeepBest(PreparedRun run, ModelFile? start, string target)
    {
        if (IsAdapter(run))
        {
            Write(run, start, OutputFolder.Create(Path.Combine(target, BestFolder)));
        }
        else
        {
            run.Save(Path.Combine(target, BestName), Setup(start).ToJson());
        }
    }

    IReadOnlyList<string> TakeBest(PreparedRun run, string target)
    {
        session.Note($"kept what step {run.Trainer.State.BestStep} left, whose held-out loss was the lowest");
        if (!IsAdapter(run))
        {
            string path = Path.Combine(target, ModelName);
            File.Move(Path.Combine(target, BestName), path, overwrite: true);
            return [path];
        }

        string best = Path.Combine(target, BestFolder);
        string[] written = [.. Directory.GetFileSystemEntries(best).Order(StringComparer.Ordinal).Select(path => Path.Combine(target, Path.GetFileName(path)))];
        foreach (string path in written)
        {
            Remove(path);
            Directory.Move(Path.Combine(best, Path.GetFileName(path)), path);
        }

        Directory.Delete(best);
        return written;
    }

    // What the start model has behind it, then this run's techniques.
    RunSetup Setup(ModelFile? start) => (start is GgufFile file ? RunSetup.Read(file.Metadata) : RunSetup.Empty).With(recipe.Methods.Select(TechniqueCall.Parse));

    void WarnOfBadRecords(PreparedRun run)
    {
        if (run.Bad.Count > 0)
        {
            session.Warn($"{run.Bad.Count} records were passed over, the first {run.Bad.Descriptions[0]}");
        }
    }

    // What decides the bits of the result: how often it is looked at and kept does not.
    string Identity()
    {
        string text = (recipe with { CheckpointEvery = 0, Format = null }).ToJson();
        string model = recipe.Start is { } path ? ContentHash.Of(path, session.Cancellation) : "";
        string vocabulary = recipe.Vocabulary.From is { } from ? ContentHash.Of(from, session.Cancellation) : "";
        string read = string.Concat(TrainingCalls.Files(recipe.Methods).Select(file => $" {ContentHash.Of(file, session.Cancellation)}"));
        return ContentHash.Of(System.Text.Encoding.UTF8.GetBytes($"{text} {ContentHash.Of(recipe.Data.File, session.Cancellation)} {model} {vocabulary}{read}"));
    }
}
