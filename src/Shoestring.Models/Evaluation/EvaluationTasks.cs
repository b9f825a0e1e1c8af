using Shoestring.Tensors;

namespace Shoestring.Models;

/// <summary>Every task there is.</summary>
public static class EvaluationTasks
{
    /// <summary>The tasks.</summary>
    public static IReadOnlyList<EvaluationTask> All { get; } =
    [
        new BlimpTask(), new LambadaTask(), new PiqaTask(), new HellaSwagTask(), new ArcTask(), new OpenBookQaTask(), new WinograndeTask(), new MultipleChoiceTask(),
    ];

    /// <summary>The task of that name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static EvaluationTask Find(string name) =>
        All.FirstOrDefault(task => string.Equals(task.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException($"there is no task '{Names.Printable(name)}'", "--task", $"use one of {string.Join(", ", All.Select(task => task.Name))}");
}
