using System.Text.Json;
using System.Text.Json.Serialization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>A run from its data to its last step, as a file says it. Fields are named as here, in camel case.</summary>
public sealed record TrainingRecipe
{
    /// <summary>The model to begin with: a .gguf, a folder with safetensors or a llama2.c .bin; or null for a new one of the shape <see cref="Model"/>.</summary>
    public string? Start { get; init; }

    /// <summary>The shape of a new model, or null where it begins with another.</summary>
    public ModelShape? Model { get; init; }

    /// <summary>The vocabulary of a new model.</summary>
    public VocabularyRecipe Vocabulary { get; init; } = new();

    /// <summary>The text.</summary>
    public required DataRecipe Data { get; init; }

    /// <summary>Optimizer and methods, as <c>adamw:beta2=0.95</c>, <c>lora:rank=8</c>, <c>checkpointing:keep=blocks</c>. Default AdamW on all weights.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Updates. Default 1,000.</summary>
    public long Steps { get; init; } = 1000;

    /// <summary>The highest learning rate, or null for what is usual with the method.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Its course: constant, linear, cosine or wsd.</summary>
    public string Schedule { get; init; } = "cosine";

    /// <inheritdoc cref="LearningRateSchedule.Warmup"/>
    public double Warmup { get; init; } = new LearningRateSchedule().Warmup;

    /// <inheritdoc cref="LearningRateSchedule.Lowest"/>
    public double LowestRate { get; init; } = new LearningRateSchedule().Lowest;

    /// <summary>The most tokens of a document that see each other.</summary>
    public int Context { get; init; } = new BatchOptions().Context;

    /// <summary>Rows of a batch.</summary>
    public int BatchRows { get; init; } = new BatchOptions().Rows;

    /// <inheritdoc cref="TrainerOptions.Accumulation"/>
    public int Accumulation { get; init; } = 1;

    /// <summary>The gradients' largest norm, 0 for any, or null for 1 where the method knows the norm.</summary>
    public double? ClipNorm { get; init; }

    /// <inheritdoc cref="TrainerOptions.EvaluateEvery"/>
    public long EvaluateEvery { get; init; }

    /// <inheritdoc cref="TrainerOptions.Patience"/>
    public int Patience { get; init; }

    /// <summary>Steps between checkpoints; 0 for one at the end, or when it is stopped.</summary>
    public long CheckpointEvery { get; init; } = 100;

    /// <summary>Where random numbers start.</summary>
    public ulong Seed { get; init; }

    /// <summary>The format of the written model's matrices, as F16 or Q8_0, or null for the start model's own, F32 of a new one.</summary>
    public string? Format { get; init; }

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

/// <summary>The shape of a new model.</summary>
public sealed record ModelShape
{
    /// <summary>llama (RMSNorm, SwiGLU, rotary positions) or gpt2 (LayerNorm, GELU, learned positions).</summary>
    public string Architecture { get; init; } = "llama";

    /// <summary>Channels.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads, or null for as many.</summary>
    public int? KvHeads { get; init; }

    /// <summary>Inner channels of feed-forward layers, or null for what is usual: 8/3 of the width to a multiple of 16 with a gate (Shazeer, arXiv 2002.05202, §3), 4 times without.</summary>
    public int? FeedForward { get; init; }

    /// <summary>Whether logits come from the embedding matrix. Default true: small models spend most weights there.</summary>
    public bool Tied { get; init; } = true;

    /// <summary>Base of rotary frequencies. Default 10,000 (Su et al., arXiv 2104.09864, §3.2.2).</summary>
    public double RotaryBase { get; init; } = 10_000;

    /// <summary>The configuration of such a model.</summary>
    /// <param name="vocabulary">Pieces.</param>
    /// <param name="context">Positions.</param>
    /// <exception cref="InputException">The numbers do not go together.</exception>
    public ModelConfiguration Configuration(int vocabulary, int context)
    {
        int kvHeads = KvHeads ?? Heads;
        bool gated = Architecture == "llama";
        Require(gated || Architecture == "gpt2", $"architecture \"{Architecture}\" is not made", "use llama or gpt2");
        Require(Width is > 0 and <= 1 << 16 && Blocks is > 0 and <= 1024, $"a width of {Width} and {Blocks} blocks", "give a width up to 65,536 and up to 1,024 blocks");
        Require(Heads > 0 && Width % Heads == 0 && Width / Heads % 2 == 0, $"{Heads} heads of {Width} channels", "give a divisor that leaves each an even number");
        Require(kvHeads > 0 && Heads % kvHeads == 0 && (gated || kvHeads == Heads), $"{kvHeads} key and value heads for {Heads}", "give a divisor of the heads; gpt2 has as many");
        int inner = FeedForward ?? (gated ? (Width * 8 / 3 + 15) / 16 * 16 : 4 * Width);
        Require(inner is > 0 and <= 1 << 18, $"{inner} inner channels", "give up to 262,144");
        return new ModelConfiguration
        {
            Architecture = Architecture,
            Vocabulary = vocabulary,
            ContextLength = context,
            Width = Width,
            Blocks = [.. Enumerable.Repeat(new BlockShape(Heads, kvHeads, Width / Heads, inner), Blocks)],
            NormEpsilon = 1e-5f,
            Norm = gated ? NormKind.RootMeanSquare : NormKind.Layer,
            FeedForward = gated ? FeedForwardKind.GatedSilu : FeedForwardKind.Gelu,
            Rotary = gated ? new RotarySettings(RotaryBase, Width / Heads).Build(RotaryLayout.Interleaved) : null,
            TiedEmbeddings = Tied,
        };
    }

    static void Require(bool holds, string what, string cure)
    {
        if (!holds)
        {
            throw new InputException(what, "model", cure);
        }
    }
}

/// <summary>Where a new model's vocabulary comes from.</summary>
public sealed record VocabularyRecipe
{
    /// <summary>A model whose vocabulary is taken, or null to train one on the text.</summary>
    public string? From { get; init; }

    /// <inheritdoc cref="BytePairOptions.VocabularySize"/>
    public int Size { get; init; } = new BytePairOptions().VocabularySize;
}

/// <summary>What a run reads.</summary>
public sealed record DataRecipe
{
    /// <summary>A text, JSON Lines or JSON file.</summary>
    public required string File { get; init; }

    /// <summary>auto, text, records, instructions or chat.</summary>
    public string Format { get; init; } = "auto";

    /// <summary>What divides documents of plain text: auto (the end-of-text marker where the text has it, else none), blank-line, marker or none.</summary>
    public string Division { get; init; } = "auto";

    /// <summary>The field of records that has their text.</summary>
    public string TextField { get; init; } = new ReaderOptions().TextField;

    /// <summary>Share that is held out to judge by; 0 for none. Default 0.05.</summary>
    public double HeldOut { get; init; } = 0.05;

    /// <summary>Whether records that cannot be read are counted and passed over.</summary>
    public bool SkipBad { get; init; }
}

/// <summary>JSON of recipes, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true)]
[JsonSerializable(typeof(TrainingRecipe))]
sealed partial class RecipeJson : JsonSerializerContext;
