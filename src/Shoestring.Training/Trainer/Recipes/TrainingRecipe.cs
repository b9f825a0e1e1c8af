using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// A run from its data to its last step, as a file says it. Fields are named as here, in camel case. They can be set, since the generated reader
/// would give fields that can only be initialized, and that a file leaves out, nothing in place of their defaults.
/// </summary>
public sealed record TrainingRecipe
{
    /// <summary>The model to begin with: a .gguf, a folder with safetensors or a llama2.c .bin; or null for a new one of the shape <see cref="Model"/>.</summary>
    public string? Start { get; set; }

    /// <summary>The shape of a new model, or null where it begins with another.</summary>
    public ModelShape? Model { get; set; }

    /// <summary>The vocabulary of a new model.</summary>
    public VocabularyRecipe Vocabulary { get; set; } = new();

    /// <summary>The text.</summary>
    public required DataRecipe Data { get; set; }

    /// <summary>Optimizer and methods, as <c>adamw:beta2=0.95</c>, <c>lora:rank=8</c>, <c>checkpointing:keep=blocks</c>. Default AdamW on all weights.</summary>
    public IReadOnlyList<string> Methods { get; set; } = [];

    /// <summary>Updates. Default 1,000.</summary>
    public long Steps { get; set; } = 1000;

    /// <summary>The highest learning rate, or null for what is usual with the method.</summary>
    public double? LearningRate { get; set; }

    /// <summary>Its course: constant, linear, cosine or wsd.</summary>
    public string Schedule { get; set; } = "cosine";

    /// <inheritdoc cref="LearningRateSchedule.Warmup"/>
    public double Warmup { get; set; } = new LearningRateSchedule().Warmup;

    /// <inheritdoc cref="LearningRateSchedule.Lowest"/>
    public double LowestRate { get; set; } = new LearningRateSchedule().Lowest;

    /// <summary>The most tokens of a document that see each other.</summary>
    public int Context { get; set; } = new BatchOptions().Context;

    /// <summary>Rows of a batch.</summary>
    public int BatchRows { get; set; } = new BatchOptions().Rows;

    /// <inheritdoc cref="TrainerOptions.Accumulation"/>
    public int Accumulation { get; set; } = 1;

    /// <summary>The gradients' largest norm, 0 for any, or null for 1 where the method knows the norm.</summary>
    public double? ClipNorm { get; set; }

    /// <inheritdoc cref="TrainerOptions.EvaluateEvery"/>
    public long EvaluateEvery { get; set; }

    /// <inheritdoc cref="TrainerOptions.Patience"/>
    public int Patience { get; set; }

    /// <summary>Steps between checkpoints; 0 for one at the end, or when it is stopped.</summary>
    public long CheckpointEvery { get; set; } = 100;

    /// <summary>Where random numbers start.</summary>
    public ulong Seed { get; set; }

    /// <summary>The format of the written model's matrices, as F16 or Q8_0, or null for the start model's own, F32 of a new one.</summary>
    public string? Format { get; set; }

    /// <summary>Reads a recipe; paths in it are relative to its folder.</summary>
    /// <exception cref="InputException">It cannot be read, has fields that are not known, or lacks one.</exception>
    public static TrainingRecipe Read(string path)
    {
        TrainingRecipe recipe;
        try
        {
            recipe = JsonSerializer.Deserialize(File.ReadAllBytes(path), RecipeJson.Default.TrainingRecipe) ?? throw new JsonException("it is null");
        }
        catch (JsonException fault)
        {
            string where = fault.LineNumber is { } line ? $"{path}:{line + 1}" : path;
            throw new InputException($"the recipe cannot be read ({Line(fault.Message)})", where, "mend it; docs name its fields", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the recipe cannot be read ({Line(fault.Message)})", path, "check the path", fault);
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return recipe.Checked(path) with
        {
            Start = recipe.Start is { } start ? Path.Combine(folder, start) : null,
            Data = recipe.Data with { File = Path.Combine(folder, recipe.Data.File) },
            Vocabulary = recipe.Vocabulary with { From = recipe.Vocabulary.From is { } from ? Path.Combine(folder, from) : null },
        };
    }

    /// <summary>The recipe as JSON, on one line: the same text for the same run.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RecipeJson.Default.TrainingRecipe);

    TrainingRecipe Checked(string path) => (Start is null) == (Model is null)
        ? throw new InputException("it names both a start and a model, or neither", path, "give \"start\": \"model.gguf\" to go on from a model, or \"model\": {…} for a new one")
        : this;

    static string Line(string message) => message.ReplaceLineEndings(" ").TrimEnd('.');
}
