using Shoestring.Techniques;
using Shoestring.Training;

namespace Shoestring.Cli;

/// <summary>Trains a model by a recipe.</summary>
sealed class TrainVerb : Verb
{
    readonly Argument<string> recipe = new("RECIPE") { Description = "A JSON file that says model, data, optimizer and steps" };
    readonly Option<long?> steps = new("--steps") { Description = "Updates, in place of the recipe's", HelpName = "N" };
    readonly TrainingValues training = new("shoestring-train");

    public TrainVerb() : base("train", "Train a model by a recipe: from nothing, or on from another model",
        new Example("shoestring train recipe.json", "a folder with model.gguf, its checkpoint and its history"),
        new Example("shoestring train recipe.json --dry-run", "what it will hold, compute and cost"),
        new Example("shoestring train recipe.json --resume", "on from where it was stopped"))
    {
        Add(recipe);
        foreach (Option option in (Option[])[steps, .. training.All])
        {
            Add(option);
        }
    }

    public override Answer Run(Session session)
    {
        string path = session.Value(recipe)!, folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        TrainingRecipe read = TrainingRecipe.Read(path);
        // Like the recipe's other paths, those of teachers and proxies are relative to its folder.
        string[] methods = [.. read.Methods.Select(method => TechniqueCall.Parse(method).Beside(folder).ToString())];
        return training.Of(session, read with { Steps = session.Value(steps) ?? read.Steps, Methods = methods }, "train").Run();
    }
}
