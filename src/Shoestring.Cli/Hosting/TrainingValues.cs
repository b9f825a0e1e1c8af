namespace Shoestring.Cli;

/// <summary>The options that both training verbs take.</summary>
sealed class TrainingValues(string usualFolder)
{
    public Option<string?> Output { get; } = Values.Text("--output", $"Folder for the model, its checkpoint and its history (default: {usualFolder})", "FOLDER", "-o");

    public Option<bool> DryRun { get; } = Values.Flag("--dry-run", "Tell what it will hold and cost, and whether it fits, and train nothing");

    public Option<bool> Resume { get; } = Values.Flag("--resume", "Go on from the folder's checkpoint, to the bit as if it had never stopped");

    public IEnumerable<Option> All => [Output, DryRun, Resume];

    /// <summary>The run of a recipe under these options.</summary>
    public TrainingRun Of(Session session, Training.TrainingRecipe recipe, string kind) => new(session, recipe, session.Value(Output) ?? usualFolder, kind)
    {
        DryRun = session.Value(DryRun),
        Resume = session.Value(Resume),
    };
}
