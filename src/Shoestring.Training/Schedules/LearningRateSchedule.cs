using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>The course of the learning rate after the warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls in a straight line.</summary>
    Linear,

    /// <summary>It falls along half a cosine (Loshchilov and Hutter, arXiv 1608.03983, equation 5, without restarts).</summary>
    Cosine,

    /// <summary>It stays and falls in a straight line at the end: warm-up, stable, decay (Hu et al., arXiv 2404.06395, §4.2).</summary>
    WarmupStableDecay,
}

/// <summary>The learning rate over the steps of a run, as a share of its highest.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>The course. Default cosine (Brown et al., arXiv 2005.14165, appendix B).</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Cosine;

    /// <summary>Steps of warm-up, in a straight line from 0, as a share of all. Default 0.02 (nanoGPT's settings for tinyshakespeare: 100 of 5,000).</summary>
    public double Warmup { get; init; } = 0.02;

    /// <summary>The lowest share, reached with the last step. Default 0.1 (arXiv 2005.14165, appendix B).</summary>
    public double Lowest { get; init; } = 0.1;

    /// <summary>Share of the steps that the fall at the end takes. Default 0.1 (arXiv 2404.06395, §4.3).</summary>
    public double Decay { get; init; } = 0.1;

    /// <summary>The rate that does not change.</summary>
    public static LearningRateSchedule Constant { get; } = new() { Kind = ScheduleKind.Constant, Warmup = 0 };

    /// <summary>The share of the highest rate.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">Steps of the whole run.</param>
    public double Factor(long step, long steps)
    {
        double warmup = Math.Floor(Warmup * steps);
        if (step < warmup)
        {
            return (step + 1) / (warmup + 1);
        }

        // From 0 at the first step after the warm-up to 1 at the last.
        double done = (step - warmup) / Math.Max(1, steps - 1 - warmup);
        return Kind switch
        {
            ScheduleKind.Constant => 1,
            ScheduleKind.Linear => Between(1 - done),
            ScheduleKind.Cosine => Between((1 + Math.Cos(Math.PI * done)) / 2),
            _ => Between(Math.Min(1, (steps - 1 - step) / Math.Max(1, Math.Floor(Decay * steps)))),
        };
    }

    /// <summary>The schedule of that name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static ScheduleKind Parse(string name) => name switch
    {
        "constant" => ScheduleKind.Constant,
        "linear" => ScheduleKind.Linear,
        "cosine" => ScheduleKind.Cosine,
        "wsd" => ScheduleKind.WarmupStableDecay,
        _ => throw new InputException($"there is no schedule '{name}'", "schedule", "use constant, linear, cosine or wsd"),
    };

    double Between(double share) => Lowest + ((1 - Lowest) * Math.Clamp(share, 0, 1));
}
