namespace Shoestring.Training;

/// <summary>Tells a run that is lost from one that has a bad batch.</summary>
static class LossWatch
{
    // The mean looks back over some twenty steps; ten in a row are no accident.
    const double Keep = 0.95;
    const int Patience = 10;

    /// <summary>The state after another loss.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="loss">The mean loss of the step.</param>
    /// <param name="factor">How many times the lowest mean is too much.</param>
    /// <exception cref="TrainingDivergedException">The loss is not finite, or has been too much for ten steps in a row.</exception>
    public static TrainerState See(TrainerState state, double loss, double factor)
    {
        if (!double.IsFinite(loss))
        {
            throw new TrainingDivergedException(state.Step + 1, null, "the loss is not finite");
        }

        bool above = state.LowestMean is { } lowest && loss > factor * lowest;
        if (above && state.StepsAbove + 1 >= Patience)
        {
            throw new TrainingDivergedException(state.Step + 1, null,
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the loss of {loss:G4} is more than {factor:G3} times its lowest mean of {state.LowestMean:G4}, for {Patience} steps"));
        }

        double mean = state.MeanLoss is { } before ? (Keep * before) + ((1 - Keep) * loss) : loss;
        return state with { MeanLoss = mean, LowestMean = Math.Min(mean, state.LowestMean ?? mean), StepsAbove = above ? state.StepsAbove + 1 : 0 };
    }
}
