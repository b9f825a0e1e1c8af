using System.Text;
using Shoestring.Tensors;
using Shoestring.Training;

namespace Shoestring.Techniques.Tests;

/// <summary>A run of a few steps of a new, small model on a text of its own.</summary>
sealed class TinyTraining : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-tiny-training-").FullName;

    public TinyTraining()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 200; i++)
        {
            text.Append($"The {(i % 3 == 0 ? "cat" : "dog")} saw {i % 10} {(i % 2 == 0 ? "red" : "blue")} stones.\n");
        }

        File.WriteAllText(Text, text.ToString());
    }

    /// <summary>Where files that recipes name lie.</summary>
    public string Folder => folder;

    public string Output => Path.Combine(folder, "model.gguf");

    string Text => Path.Combine(folder, "text.txt");

    /// <summary>Writes what recipes call teacher.gguf; growth begins with it too.</summary>
    public void WriteTeacher(WorkerPool pool)
    {
        using PreparedRun run = Prepare(new TrainingMethods(), pool);
        run.Save(Teacher);
    }

    string Teacher => Path.Combine(folder, "teacher.gguf");

    public PreparedRun Prepare(TrainingMethods methods, WorkerPool pool)
    {
        if (methods.Growth is null)
        {
            return PreparedRun.Prepare(Recipe, methods, null, "test", pool);
        }

        using ModelFile start = ModelFiles.Open(Teacher);
        return PreparedRun.Prepare(Recipe with { Model = null, Start = Teacher }, methods, start, "test", pool);
    }

    TrainingRecipe Recipe => new()
    {
        Model = new ModelShape { Width = 32, Blocks = 2, Heads = 4, KvHeads = 2 },
        Vocabulary = new VocabularyRecipe { Size = 280 },
        Data = new DataRecipe { File = Text },
        // A turn for embedding, blocks and head each, and another.
        Steps = 5,
        LearningRate = 1e-4,
        Context = 32,
        BatchRows = 64,
        Seed = 3,
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
