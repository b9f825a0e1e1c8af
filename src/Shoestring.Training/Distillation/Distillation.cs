using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>
/// The loss of a student with its teacher. The teacher runs over the same rows; both models' logits exist for a chunk of rows at a time.
/// </summary>
public sealed class Distillation : ILogitLoss, IDisposable
{
    readonly SoftTargets how;
    Step? teaching;

    Distillation(FrozenModel teacher, DistillationOptions options)
    {
        (Teacher, Options) = (teacher, options);
        how = new SoftTargets((float)options.Temperature, (float)options.Alpha, options.Direction);
    }

    /// <summary>Reads the teacher of a model.</summary>
    /// <param name="options">Which, and how it is listened to.</param>
    /// <param name="student">The model that learns; the teacher computes with its operations and is counted in its memory.</param>
    /// <param name="pool">The threads.</param>
    /// <exception cref="InputException">The teacher cannot be read or has another vocabulary, or temperature or α are out of bounds.</exception>
    public static Distillation Open(DistillationOptions options, TrainableModel student, WorkerPool pool)
    {
        if (!(options.Temperature is > 0 and <= 1000) || !(options.Alpha is >= 0 and <= 1))
        {
            throw new InputException($"a temperature of {options.Temperature} and an alpha of {options.Alpha}", "distil", "give a temperature above 0 and an alpha from 0 to 1");
        }
        FrozenModel teacher = FrozenModel.Load(options.Teacher, pool, student.Operations, student.Memory);
        try
        {
            teacher.RequireVocabulary(student.Vocabulary, student.Configuration.Vocabulary);
            return new Distillation(teacher, options);
        }
        catch
        {
            teacher.Dispose();
            throw;
        }
    }

    /// <summary>The teacher.</summary>
    public FrozenModel Teacher { get; }

    /// <summary>How it is listened to.</summary>
    public DistillationOptions Options { get; }

    /// <summary>Whether the teacher counts at all.</summary>
    public bool IsHeard => Options.Alpha > 0;

    /// <summary>Bytes of activations that the teacher takes for steps of so many rows.</summary>
    public long ActivationBytes(int rows, long logitBytes) => IsHeard ? Teacher.ActivationBytes(rows, logitBytes) : 0;

    /// <summary>FLOPs of the teacher over documents.</summary>
    /// <param name="documents">Rows of each.</param>
    public long Flops(ReadOnlySpan<int> documents) => IsHeard ? Teacher.ForwardFlops(documents) : 0;

    /// <summary>Runs the teacher over the rows of a step, before the student's loss is asked for.</summary>
    /// <param name="rows">The documents.</param>
    /// <param name="most">Rows that the student has memory for: chunks of logits are then as long.</param>
    /// <param name="logitBytes">Most bytes of logits at once.</param>
    internal void Begin(Batch rows, int most, long logitBytes)
    {
        teaching = Teacher.Look(rows, most, logitBytes);
        Teacher.Transformer.DocumentStream(teaching);
    }

    /// <inheritdoc/>
    public double Of(Operations operations, Tensor logits, LossRows rows, int first, bool gradient) =>
        operations.Distill(logits, Teacher.Transformer.DocumentLogits(teaching!, first, logits.Rows), rows.Targets, rows.Weights, how, rows.Scale, gradient);

    /// <inheritdoc/>
    public void Dispose() => Teacher.Dispose();
}
