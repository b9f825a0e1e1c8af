namespace Shoestring.Cli;

/// <summary>The options that both training verbs take.</summary>
sealed class TrainingValues(string usualFolder)
{
    public Option<string?> Output { get; } = Values.Text("--output", $"Folder for the model or adapter, its checkpoint and its history (default: {usualFolder})", "FOLDER", "-o");

    public Option<bool> DryRun { get; } = Values.Flag("--dry-run", "Tell what it will hold and cost, and whether it fits, and train nothing");

    public Option<bool> Resume { get; } = Values.Flag("--resume", "Go on from the folder's checkpoint, to the bit as if it had never stopped");

    public Option<bool> Merge { get; } = Values.Flag("--merge", "Also write the whole model with what an adapter learned merged into its weights");

    public Option<bool> Peft { get; } = Values.Flag("--peft", "Also write an adapter as a folder for Hugging Face's PEFT");

    public IEnumerable<Option> All => [Output, DryRun, Resume, Merge, Peft];

    /// <summary>The run of a recipe under these options.</summary>
    public TrainingRun Of(Session session, Training.TrainingRecipe recipe, string kind) => new(session, recipe, session.Value(Output) ?? usualFolder, kind)
    {
        DryRun = session.Value(DryRun),
        Resume = session.Value(Resume),
        Merge = session.Value(Merge),
        Peft = session.Value(Peft),
    };
}
