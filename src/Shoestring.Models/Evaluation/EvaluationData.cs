using System.Text.Json;
using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Reads a task's items from JSON Lines.</summary>
public static class EvaluationData
{
    /// <summary>Reads the items as they are, and once more for each perturbation.</summary>
    /// <param name="task">The task.</param>
    /// <param name="path">A file, or a folder whose .jsonl files are read in the order of their names.</param>
    /// <param name="limit">Most items of each file, or null for all.</param>
    /// <param name="perturbations">What is to be done to the texts.</param>
    /// <param name="seed">Seed of the perturbations.</param>
    /// <returns><c>[0]</c> the items as they are, <c>[1 + p]</c> perturbed by the p-th; in the same order.</returns>
    /// <exception cref="InputException">A file cannot be read, holds no item, or a line is none of the task's.</exception>
    public static IReadOnlyList<EvaluationItem>[] Read(EvaluationTask task, string path, int? limit = null, IReadOnlyList<Perturbation>? perturbations = null, ulong seed = 0)
    {
        perturbations ??= [];
        List<EvaluationItem>[] items = [.. Enumerable.Range(0, 1 + perturbations.Count).Select(_ => new List<EvaluationItem>())];
        foreach (string file in Files(path))
        {
            int before = items[0].Count;
            foreach ((int number, JsonDocument document) in JsonLines.Read(file).Take(limit ?? int.MaxValue))
            {
                ItemFields line = new(document.RootElement, task, file, number);
                int item = items[0].Count;
                items[0].Add(task.Read(line, static text => text));
                for (int p = 0; p < perturbations.Count; p++)
                {
                    items[1 + p].Add(task.Read(line, perturbations[p].For(seed, item)));
                }
            }
            if (items[0].Count == before)
            {
                throw new InputException("it holds no item", file, $"a line of {task.Name} is {task.Shape}");
            }
        }
        return items;
    }

    static string[] Files(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }
        try
        {
            string[] files = Directory.GetFiles(path, "*.jsonl");
            Array.Sort(files, StringComparer.Ordinal);
            return files.Length > 0 ? files : throw new InputException("the folder holds no .jsonl file", path, "name a file, or a folder with some");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the folder cannot be read ({fault.Message.TrimEnd('.')})", path, "check your rights to it", fault);
        }
    }
}
